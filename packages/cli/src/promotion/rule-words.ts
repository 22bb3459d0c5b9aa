import type { EditRule } from './edit-rule.ts';

/** A rule in words, for its SKILL.md and for people. */
export interface RuleWords {
  /** `Sets numCascadeStages 1 for the kernel flash-attention in prefill.` */
  readonly summary: string;
  readonly applies: string;
  readonly change: string;
  readonly caution: string;
}

export function ruleWords(rule: EditRule): RuleWords {
  const { section } = rule;
  switch (rule.kind) {
    case 'set-kernel': {
      const settings = Object.entries(rule.settings)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ');
      const only = rule.only === null ? '' : ` that computes ${orList(rule.only)}`;
      return {
        summary: `Sets ${settings} for the kernel ${rule.kernel} in ${section}.`,
        applies: `A launch of ${section} with the registry kernel \`${rule.kernel}\`${only} has other values for ${orList(Object.keys(rule.settings))}, and these are legal at its shape: \`tilewright registry ${rule.kernel}\` says whether they are.`,
        change: rule.together
          ? `A \`set-kernel\` edit for every such launch, all in one attempt: ${settings}; the other settings stay.`
          : `One \`set-kernel\` edit per attempt: ${settings}; the other settings stay.`,
        caution: 'Do not change the shape or the other settings with it: the evidence is about these alone.',
      };
    }
    case 'merge-dispatches':
      return {
        summary: `Runs ${rule.run.length} dispatches of ${section} that follow each other as one.`,
        applies: `Dispatches of ${section} follow each other without a host step between them, with the kernels ${rule.run.map((launches) => launches.join(' + ')).join(', then ')}.`,
        change: `One \`merge-dispatches\` edit${rule.buffers.length === 0 ? '' : `, with ${rule.buffers.length} \`set-residency\` edits for the buffers that the launches hand on`}.`,
        caution: 'Do not keep a buffer on the device that a host step or another dispatch reads.',
      };
    case 'set-residency':
      return {
        summary: `Puts buffers of ${section} elsewhere by what they hold and who uses them.`,
        applies: `Buffers of ${section} are used like this: ${rule.buffers.map(({ content, uses, from }) => `${content} (${from.residency}, ${from.role}) named by ${uses.join(', ')}`).join('; ')}.`,
        change: `One \`set-residency\` edit per buffer, all in one attempt: ${rule.buffers.map(({ to }) => `${to.residency}, ${to.role}`).join('; ')}.`,
        caution: 'A buffer that anybody else names is not one of them: leave it where it is.',
      };
    case 'fuse-launches':
      return {
        summary: `Runs ${rule.run.join(', ')} of ${section} as one launch of ${rule.kernel}.`,
        applies: `Launches of ${section} follow each other with the kernels ${rule.run.join(', ')}, in one dispatch or as whole dispatches.`,
        change: `One \`fuse-launches\` edit with the registry kernel \`${rule.kernel}\`${rule.removed.length === 0 ? '' : ', and `remove-buffer` for what lay between them'}.`,
        caution: 'What the new kernel keeps to itself must be read by nobody else.',
      };
  }
}

function orList(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' or ');
}
