import type { PerformanceProfile } from '@tilewright/spec';
import type { SealedJudgement } from '../judgement/sealed-judgement.ts';
import type { ClaimList } from './claim-list.ts';
import { type Claims, claimedValue, silenceOf } from './read-claims.ts';

/** Share by which parts of a profile may miss their sum: what rounding does. */
const SUM_TOLERANCE = 1e-3;

/** What the deployment says of its speed. Only a deployment with a phase 6 has to say something. */
export function compareProfile(claims: Claims, judgement: SealedJudgement, list: ClaimList): void {
  const profile = claimedValue(claims.profile);
  if (profile === null) {
    const isClaimed = claims.gates.has(6) || claims.profile.state === 'malformed';
    if (isClaimed) list.add('profile', silenceOf(claims.profile), 'a profile', false);
    return;
  }
  const { performance, accepts, subjects } = judgement;
  list.same('profile: plan', profile.planDigest, subjects.plan ?? '');
  list.same('profile: kind of times', profile.timing, performance.timing);
  list.same('profile: tokens of the prompt', profile.promptTokens, performance.promptTokens);
  if (accepts === null) {
    list.add('profile: times', 'claimed', 'the plan could not be timed', false);
    return;
  }
  const { timeToFirstTokenUs: first, decodeTokenUs: token } = accepts;
  list.within('profile: time to first token', profile.timeToFirstTokenUs, first.low, first.high, 'µs');
  const speed = profile.decodeTokensPerSecond;
  list.within('profile: decode speed', speed, 1e6 / token.high, token.low > 0 ? 1e6 / token.low : 0, 'tokens/s');
  const fault = sumFault(profile);
  list.add('profile: in itself', fault ?? 'consistent', 'consistent', fault === null);
}

/** Where times by section and by step do not add up to what is said of the whole. */
function sumFault({ sections, timeToFirstTokenUs, decodeTokensPerSecond }: PerformanceProfile): string | null {
  const us = (name: string): number => sections.find(({ section }) => section === name)?.us ?? Number.NaN;
  const equal = (a: number, b: number): boolean => Math.abs(a - b) <= SUM_TOLERANCE * Math.abs(b);
  if (!equal(us('prefill') + us('head'), timeToFirstTokenUs)) return 'prefill and head are not the time to first token';
  if (!equal(us('decode') + us('head'), 1e6 / decodeTokensPerSecond))
    return 'decode and head are not the time of a token';
  for (const { section, us: whole, steps } of sections) {
    const sum = steps.reduce((total, { runUs, transferUs, hostUs }) => total + runUs + transferUs + hostUs, 0);
    if (!equal(sum, whole)) return `the steps of ${section} do not add up to its time`;
  }
  return null;
}
