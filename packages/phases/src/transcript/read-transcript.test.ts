import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TranscriptEntry } from '@tilewright/spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineAppender } from '../workspace/append-line.ts';
import { readTranscript } from './read-transcript.ts';
import { Transcript } from './transcript.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tilewright-transcript-'));
  file = join(directory, 'transcript.jsonl');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const started: TranscriptEntry = { kind: 'phase-started', phase: 4, planDigest: 'sha256:a' };
const message: TranscriptEntry = {
  kind: 'message',
  phase: 4,
  message: { text: 'línea\nand "more"', parts: [1, null] },
};

describe('a transcript', () => {
  it('is read as it was written, in the order in which it was added', async () => {
    const transcript = await Transcript.open(file, lineAppender());
    await Promise.all([transcript.add(started), transcript.add(message), transcript.add({ ...started, phase: 5 })]);
    expect(transcript.entriesOf(4)).toEqual([started, message]);
    expect(await readTranscript(file)).toEqual([started, message, { ...started, phase: 5 }]);
    const again = await Transcript.open(file, lineAppender());
    await again.add(message);
    expect(again.entries).toHaveLength(4);
  });

  it('does without a last line that was cut off', async () => {
    await writeFile(file, `${JSON.stringify(started)}\n${JSON.stringify(message).slice(0, 30)}`);
    const transcript = await Transcript.open(file, lineAppender());
    expect(transcript.entries).toEqual([started]);
    await transcript.add(message);
    expect(await readTranscript(file)).toEqual([started, message]);
  });

  it('has nothing in it that could not be written', async () => {
    let fails = true;
    const broken = lineAppender(() => {
      if (fails) throw new Error('no space left');
    });
    const transcript = await Transcript.open(file, broken);
    await expect(transcript.add(started)).rejects.toMatchObject({ code: 'file-unwritable' });
    fails = false;
    await transcript.add(message);
    expect(transcript.entries).toEqual([message]);
    expect(await readTranscript(file)).toEqual([message]);
  });

  it.each([
    ['no JSON', '{"kind":', 2, /Line 2 .*transcript.jsonl is not JSON/],
    ['an unknown kind', '{"kind":"thought","phase":1}', 2, /Line 2 .*kind/],
    ['a phase that is none', '{"kind":"phase-started","phase":-1,"planDigest":""}', 2, /Line 2 .*phase/],
  ])('with %s names file and line', async (_, line, number, problem) => {
    await writeFile(file, `${JSON.stringify(started)}\n${line}\n${JSON.stringify(message)}\n`);
    await expect(readTranscript(file)).rejects.toMatchObject({
      code: 'file-malformed',
      message: expect.stringMatching(problem),
      details: { file, line: number },
    });
  });

  it('that is not there is missing', async () => {
    await expect(readTranscript(file)).rejects.toMatchObject({ code: 'file-missing', details: { file } });
    expect((await Transcript.open(file, lineAppender())).entries).toEqual([]);
  });
});
