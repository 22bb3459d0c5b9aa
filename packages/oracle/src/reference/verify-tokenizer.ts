import type { OpenModel } from '../open-model.ts';
import type { GoldenTokenizerCase } from './golden-file.ts';
import type { VerificationFailure } from './verification-result.ts';

/** Holds the tokenizer against its cases, both ways. Throws `tokenizer-unusable` if there are cases and no tokenizer. */
export async function verifyTokenizer(
  model: OpenModel,
  cases: readonly GoldenTokenizerCase[],
): Promise<VerificationFailure[]> {
  if (cases.length === 0) return [];
  const tokenizer = await model.tokenizer();
  const failures: VerificationFailure[] = [];
  for (const { text, ids, decoded } of cases) {
    compare(text, 'tokens', JSON.stringify(ids), JSON.stringify(tokenizer.encode(text)), failures);
    compare(text, 'decoded text', JSON.stringify(decoded), JSON.stringify(tokenizer.decode(ids)), failures);
  }
  return failures;
}

function compare(text: string, what: string, expected: string, got: string, failures: VerificationFailure[]): void {
  if (got === expected) return;
  const message = `Tokenizer, ${what} of ${JSON.stringify(text)}: ours ${got}, golden ${expected}.`;
  failures.push({ kind: 'tokenizer-differs', text, expected, got, message });
}
