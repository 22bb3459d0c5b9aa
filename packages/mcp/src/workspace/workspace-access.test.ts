import { mkdir, mkdtemp, realpath, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { isBelow, type WorkspaceAccess, workspaceAccess } from './workspace-access.ts';

let root: string;
let access: WorkspaceAccess;
beforeAll(async () => {
  const scratch = await realpath(await mkdtemp(join(tmpdir(), 'tilewright-access-')));
  root = join(scratch, 'work');
  await mkdir(join(root, 'out', 'a'), { recursive: true });
  await mkdir(join(scratch, 'work-beside'));
  await writeFile(join(scratch, 'secret'), '');
  await symlink(scratch, join(root, 'up'));
  await symlink(join(root, 'out'), join(root, 'alias'));
  await symlink(join(scratch, 'not-there'), join(root, 'dangling'));
  // By a link itself: what it stands for is what counts.
  await symlink(root, join(scratch, 'link'));
  access = await workspaceAccess(join(scratch, 'link'));
});

it.each([
  ['out/a', 'out/a'],
  ['./out/../out/new/deep', 'out/new/deep'],
  ['alias/a', 'out/a'],
  ['alias/new', 'out/new'],
  ['..fine', '..fine'],
])('takes %s', async (path, real) => {
  expect(await access.below(path, 'out')).toBe(join(root, real));
  expect(access.nameOf(join(root, real))).toBe(real);
});

it.each([
  '',
  '.',
  '..',
  '../work-beside',
  '/etc',
  'up',
  'up/secret',
  'up/new',
  'out/../../x',
  'dangling',
  'dangling/x',
  'a\0b',
])('refuses %j', async (path) => {
  await expect(access.below(path, 'out')).rejects.toMatchObject({ code: 'usage' });
});

it('knows what lies within a directory', () => {
  expect(isBelow('/a/b', '/a')).toBe(true);
  expect(isBelow('/a', '/a')).toBe(false);
  expect(isBelow('/ab', '/a')).toBe(false);
  expect(isBelow('/', '/a')).toBe(false);
});
