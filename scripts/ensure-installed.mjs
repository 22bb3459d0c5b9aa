// Runs `npm ci` when node_modules is missing, incomplete or older than what package-lock.json asks for; otherwise
// does nothing, and needs no network. Plain Node: nothing is installed yet when this runs.
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const lock = new URL('package-lock.json', root);
// npm writes this file last, so it is missing after an installation that was cut short.
const installed = new URL('node_modules/.package-lock.json', root);

/** Whether every package that the lock requires on all platforms is installed in that version. */
function sameContent() {
  const wanted = JSON.parse(readFileSync(lock, 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present[path];
    if (!found) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link;
  });
}

function needsInstall() {
  const there = statSync(installed, { throwIfNoEntry: false });
  if (!there) return true;
  // A checkout can touch the lock without changing it: only a lock that asks for something else counts.
  return statSync(lock).mtimeMs > there.mtimeMs && !sameContent();
}

if (needsInstall()) {
  console.log('Installing dependencies (npm ci)');
  const npm = process.env.npm_execpath;
  const { status, error } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, 'ci'], { cwd: fileURLToPath(root), stdio: 'inherit' })
    : spawnSync('npm ci', { cwd: fileURLToPath(root), stdio: 'inherit', shell: true });
  if (error) throw error;
  process.exit(status ?? 1);
}
