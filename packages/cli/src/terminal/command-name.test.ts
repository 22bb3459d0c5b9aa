import { expect, it } from 'vitest';
import { commandName } from './command-name.ts';

it.each([
  ['npm start', '/home/user/tilewright/packages/cli/dist/bin.js', { npm_lifecycle_event: 'start' }, 'npx tilewright'],
  ['npx', '/home/user/tilewright/node_modules/.bin/tilewright', { npm_lifecycle_event: 'npx' }, 'npx tilewright'],
  ['a local installation', '/home/user/tilewright/node_modules/.bin/tilewright', {}, 'npx tilewright'],
  ['a global installation', '/usr/local/bin/tilewright', {}, 'tilewright'],
  ['node', '/home/user/tilewright/packages/cli/dist/bin.js', {}, 'node packages/cli/dist/bin.js'],
])('knows how %s calls it', (_what, script, environment, expected) => {
  expect(commandName(script, environment, '/home/user/tilewright')).toBe(expected);
});
