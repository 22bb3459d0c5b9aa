import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { REPOSITORY } from '../__fixtures__/repository.ts';
import { buildProgram } from '../program/program.ts';
import { processSurroundings } from '../terminal/surroundings.ts';
import { builtInSkills } from './built-in-skills.ts';

const program: Command = buildProgram(processSurroundings(), () => {});
/** Every `npx tilewright …` of a text, in code spans as in blocks. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/npx tilewright ([^`\n#]+)/g)].map((match) => (match[1] as string).trim());
}

/** What is wrong with a documented command line: a command or an option that there is not. */
function faultOf(line: string): string | null {
  const words = line.match(/"[^"]*"|\S+/g) ?? [];
  let command: Command = program;
  while (words.length > 0) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command === program) return `there is no command ${words[0]}`;
  // `registry` takes an argument as well as a command.
  if (command.commands.length > 0 && command.registeredArguments.length === 0) {
    return `${command.name()} has no command ${words[0]}`;
  }
  const known = [command, command.parent].flatMap((one) => (one?.options ?? []).map(({ long }) => long));
  const unknown = words.filter((word) => word.startsWith('--') && !known.includes(word));
  return unknown.length === 0 ? null : `${command.name()} has no option ${unknown.join(', ')}`;
}

describe('commands in documents', async () => {
  const skills = (await builtInSkills()).map(({ name, document }) => [name, document] as const);
  const contracts = join(REPOSITORY, 'docs/contracts');
  const pages = await Promise.all(
    [
      join(REPOSITORY, 'docs/skills.md'),
      join(REPOSITORY, 'docs/plugins.md'),
      ...(await readdir(contracts)).map((name) => join(contracts, name)),
    ].map(async (file) => [file.slice(REPOSITORY.length), await readFile(file, 'utf8')] as const),
  );
  it.each([...skills, ...pages])('%s names only commands and options that exist', (_name, text) => {
    expect(commandLines(text).flatMap((line) => faultOf(line) ?? [])).toEqual([]);
  });

  it('finds commands and options that do not exist', () => {
    expect(faultOf('deploi MODEL')).toBe('there is no command deploi');
    expect(faultOf('oracle check DIR')).toBe('oracle has no command check');
    expect(faultOf('run DIR --speed 3')).toBe('run has no option --speed');
    expect(commandLines(skills[0]?.[1] ?? '').length).toBeGreaterThan(5);
  });
});
