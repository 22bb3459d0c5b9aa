// Adds to package-lock.json the platform packages (native binaries of other systems) that npm left out because the
// registry in use did not have them: `npm ci` refuses a lock without them, on every system. Their versions are known,
// since their parents pin them exactly; their digests are not, so an entry added here has none. Run by `npm run lock`.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));

const systems = { windows: 'win32' };
const systemNames = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const processors = { 64: 'x64' };
const processorNames = ['arm', 'arm64', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];
const libraries = { musl: 'musl', musleabihf: 'musl', gnu: 'glibc', gnueabihf: 'glibc' };

/** What a name such as `binding-linux-arm64-musl` says of the system it is for, or nothing. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = words.map((word) => systems[word] ?? word).find((word) => systemNames.includes(word));
  const cpu = words.map((word) => processors[word] ?? word).find((word) => processorNames.includes(word));
  if (!os || !cpu) return undefined;
  const libc = os === 'linux' ? words.map((word) => libraries[word]).find(Boolean) : undefined;
  return { cpu: [cpu], ...(libc ? { libc: [libc] } : {}), os: [os] };
}

let added = 0;
for (const parent of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[path] || !platform || !/^\d+\.\d+\.\d+$/.test(version)) continue;
    lock.packages[path] = { version, ...(parent.dev ? { dev: true } : {}), ...platform, optional: true };
    added += 1;
  }
}

const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted);
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform packages added to package-lock.json`);
