import { createInterface } from 'node:readline/promises';
import type { Checkpoint, Review, Reviewer } from '@tilewright/spec';
import type { CommandContext } from '../command-context.ts';

const CHOICES = 'Go on? [y]es, [n]o (reject), [r]edirect, [w]ait (stop here, resume later): ';

/** Shows each checkpoint on stderr and asks what to do. The end of input is taken as `wait`. */
export function terminalReviewer({ surroundings, progress }: CommandContext): Reviewer {
  return {
    async review(checkpoint, options = {}): Promise<Review> {
      progress.line(checkpointText(checkpoint));
      const questions = createInterface({
        input: surroundings.stdin,
        output: surroundings.stderr,
        // Lines as the terminal edits them: in raw mode Ctrl-C would be a key and not a signal.
        terminal: false,
      });
      const ended = new AbortController();
      questions.once('close', () => ended.abort());
      const signals = [ended.signal, surroundings.signal, ...(options.signal ? [options.signal] : [])];
      const ask = (question: string): Promise<string> =>
        questions.question(question, { signal: AbortSignal.any(signals) });
      progress.pause();
      try {
        return await askUntilClear(ask);
      } catch (error) {
        if (ended.signal.aborted && !surroundings.signal.aborted) return { kind: 'wait' };
        throw error;
      } finally {
        questions.close();
        progress.resume();
      }
    },
  };
}

function checkpointText({ phase, title, report }: Checkpoint): string {
  return `  Phase ${phase}, ${title}: ${report.summary}`;
}

async function askUntilClear(ask: (question: string) => Promise<string>): Promise<Review> {
  for (;;) {
    const answer = (await ask(`  ${CHOICES}`)).trim().toLowerCase();
    switch (answer[0] ?? 'y') {
      case 'y':
        return { kind: 'approve' };
      case 'n':
        return { kind: 'reject', reason: await ask('  Why? ') };
      case 'r':
        return { kind: 'redirect', instruction: await ask('  What should it do instead? ') };
      case 'w':
        return { kind: 'wait' };
    }
  }
}
