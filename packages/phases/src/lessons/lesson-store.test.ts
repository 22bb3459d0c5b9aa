import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuthoredKernel, Lesson, OptimizationAttempt, PlanEdit } from '@tilewright/spec';
import { lessonSchema } from '@tilewright/spec/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lessonsOfAttempts } from './harvest-lessons.ts';
import { fileLessonStore } from './lesson-store.ts';

const ORIGIN = {
  ...{ target: 'xdna2-sim', modelFamily: 'llama', modelDigest: 'sha256:m' },
  ...{ prefillLength: 64, contextLength: 128 },
};
const attempt = (changes: Partial<OptimizationAttempt>): OptimizationAttempt => ({
  ...{ attempt: 1, phase: 4, proposal: 'a:x', skill: 'a', summary: 'Do x.', reason: 'why', cites: [], edits: [] },
  ...{ expectedGainUs: 5, timing: 'estimate', beforeUs: 100, afterUs: 90, kept: true, rejection: null },
  planDigest: 'sha256:p',
  ...changes,
});
const learn = (...attempts: OptimizationAttempt[]): readonly Lesson[] => lessonsOfAttempts(attempts, ORIGIN, 'now');

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tilewright-lessons-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe('lessonsOfAttempts', () => {
  it('tells what was kept and what never was', () => {
    const no = { kept: false, afterUs: 99.9, rejection: 'too little' };
    const lessons = learn(
      attempt({ ...no, proposal: 'a:later' }),
      attempt({ attempt: 2 }),
      attempt({ attempt: 3, proposal: 'a:later' }),
      attempt({ ...no, attempt: 4, proposal: 'a:never', afterUs: null }),
    );
    expect(lessons.map(({ kind, proposal, gain }) => [kind, proposal, gain])).toEqual([
      ['kept', 'a:x', 0.1],
      ['kept', 'a:later', 0.1],
      ['rejected', 'a:never', null],
    ]);
    expect(lessons[2]?.statement).toContain('too little');
    expect(lessons.every(({ edits }) => edits === undefined)).toBe(true);
  });

  it('hands on what an agent authored itself, unless it is a whole Program', () => {
    const authored = { proposal: 'authored', skill: null, expectedGainUs: null };
    const keep: PlanEdit = { kind: 'remove-buffer', section: 'prefill', buffer: 'x' };
    const drop: PlanEdit = { ...keep, buffer: 'y' };
    const program = { name: 'mine', program: {} } as unknown as Omit<AuthoredKernel, 'origin'>;
    const bring: PlanEdit = {
      ...{ kind: 'set-kernel', section: 'prefill', launch: 'q_proj' },
      kernel: { origin: 'authored', ...program },
    };
    const lessons = learn(
      attempt({ ...authored, edits: [keep] }),
      attempt({ ...authored, attempt: 2, edits: [drop], kept: false, rejection: 'slower' }),
      attempt({ ...authored, attempt: 3, edits: [bring] }),
      attempt({ ...authored, attempt: 4, edits: [drop], kept: false, rejection: 'slower still' }),
    );
    expect(lessons.map(({ kind, skill, proposal, edits }) => [kind, skill, proposal, edits])).toEqual([
      ['kept', null, null, [keep]],
      ['kept', null, null, undefined],
      ['rejected', null, null, [drop]],
    ]);
    expect(lessons[2]?.statement).toContain('slower still');
    expect(lessons.every((lesson) => lessonSchema.safeParse(lesson).success)).toBe(true);
  });

  it('does not call kept what was taken back later', () => {
    const lessons = learn(attempt({}), attempt({ attempt: 2, proposal: 'revert', skill: null }));
    expect(lessons.map(({ kind }) => kind)).toEqual(['rejected']);
  });

  it('gives the same lesson the same id, and another origin another', () => {
    const [first] = learn(attempt({}));
    expect(learn(attempt({ attempt: 7, beforeUs: 50 }))[0]?.id).toBe(first?.id);
    const [elsewhere] = lessonsOfAttempts([attempt({})], { ...ORIGIN, prefillLength: 32 }, 'now');
    expect(elsewhere?.id).not.toBe(first?.id);
  });
});

describe('fileLessonStore', () => {
  it('keeps lessons, one for each id', async () => {
    const store = fileLessonStore(join(directory, 'not/yet'));
    expect(await store.list()).toEqual([]);
    const lessons = learn(attempt({}), attempt({ attempt: 2, proposal: 'a:y' }));
    await store.add(lessons);
    await store.add(lessons);
    const sorted = [...lessons].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(await fileLessonStore(join(directory, 'not/yet')).list()).toEqual(sorted);
  });

  it('names what it cannot read, leaves it where it is, and gives the rest', async () => {
    const unusable: string[] = [];
    const store = fileLessonStore(directory, { onUnusable: (file, reason) => unusable.push(`${file}: ${reason}`) });
    await store.add(learn(attempt({})));
    await writeFile(join(directory, 'lesson-broken.json'), '{"id":');
    await writeFile(join(directory, 'lesson-strange.json'), '{}');
    await writeFile(join(directory, 'notes.txt'), 'not ours');
    expect(await store.list()).toHaveLength(1);
    expect(unusable).toHaveLength(2);
    expect(unusable[0]).toContain('lesson-broken.json');
    expect(await readdir(directory)).toHaveLength(4);
  });
});
