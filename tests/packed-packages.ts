import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCOPE = '@tilewright/';

interface PackageManifest {
  readonly name: string;
  readonly description?: string;
  readonly license?: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** A package as its users get it, unpacked. */
export interface PackedPackage {
  readonly manifest: PackageManifest;
  readonly directory: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
}

/** Directories of all published packages. */
export async function packageDirectories(): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, 'packages'), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(ROOT, 'packages', name));
}

/** Packs every package with npm, offline, and unpacks the tarballs. Needs `npm run build` before it. */
export async function packPackages(): Promise<ReadonlyMap<string, PackedPackage>> {
  const directories = await packageDirectories();
  const unbuilt = directories.filter((directory) => !existsSync(join(directory, 'dist', 'index.js')));
  if (unbuilt.length > 0) throw new Error(`Run npm run build first; not built: ${unbuilt.join(', ')}`);
  const store = await mkdtemp(join(tmpdir(), 'tilewright-packed-'));
  const workspaces = directories.map((directory) => `--workspace=${directory}`);
  const { stdout } = await execa('npm', ['pack', '--json', '--offline', `--pack-destination=${store}`, ...workspaces], {
    cwd: ROOT,
  });
  const reports = Object.values(JSON.parse(stdout) as object) as {
    readonly name: string;
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  const packed = new Map<string, PackedPackage>();
  for (const { name, filename, files } of reports) {
    const directory = join(store, name.replace(SCOPE, ''));
    await mkdir(directory);
    const tarball = join(store, filename.replace('@', '').replace('/', '-'));
    await execa('tar', ['-xzf', tarball, '--strip-components=1', '-C', directory]);
    const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as PackageManifest;
    packed.set(name, { manifest, directory, files: files.map(({ path }) => path) });
  }
  return packed;
}

/**
 * What `npm install <names>` would leave in an empty directory: these packages and what they declare, all the
 * way down, and nothing else. Third-party packages are linked to the repository's own. Returns the directory.
 */
export async function installPacked(
  packed: ReadonlyMap<string, PackedPackage>,
  names: readonly string[],
): Promise<string> {
  const place = await mkdtemp(join(tmpdir(), 'tilewright-installed-'));
  const pending = [...names];
  const installed = new Set<string>();
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (installed.has(name)) continue;
    installed.add(name);
    const target = join(place, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    const own = packed.get(name);
    if (own === undefined) {
      await symlink(join(ROOT, 'node_modules', name), target);
      continue;
    }
    await cp(own.directory, target, { recursive: true });
    pending.push(...Object.keys(own.manifest.dependencies ?? {}));
  }
  return place;
}
