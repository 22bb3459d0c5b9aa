import type { ResidencyRule } from '../edit-rule.ts';
import { javascriptLiteral } from '../javascript-literal.ts';
import type { RuleSource } from '../rule-source.ts';

export function residencySource({ buffers, only }: ResidencyRule): RuleSource {
  return {
    imports: [],
    safety:
      'The same values are computed by the same kernels; only where they lie in between differs. A buffer that somebody else uses is not matched, and the gate looks at what the buffers carry.',
    constants: `/** Buffers by what they hold and who uses them, and where they go. */
const KINDS = [
${buffers.map((kind) => `  ${javascriptLiteral(kind)},`).join('\n')}
];

/** Taps and weights that the evidence is about; null: whatever the buffers hold. @type {string[] | null} */
const ONLY = ${javascriptLiteral(only)};`,
    places: PLACES,
  };
}

const PLACES = `/** All buffers of those kinds, at once. @param {Plan['sections']['prefill']} section @returns {Place[]} */
function placesIn(section) {
  const found = section.buffers.flatMap((buffer) => {
    const kind = KINDS.find((one) => isOf(buffer, one, section));
    return kind === undefined ? [] : [{ buffer: buffer.id, to: kind.to }];
  });
  if (found.length === 0) return [];
  const names = found.map(({ buffer }) => buffer);
  return [
    {
      subject: SECTION + ' buffers',
      evidence: 'Buffers of ' + SECTION + ' that are used like those of the record: ' + names.join(', '),
      summary: 'Put ' + names.length + ' buffers of ' + SECTION + ' where the record has them.',
      edits: found.map(({ buffer, to }) => ({ kind: 'set-residency', section: SECTION, buffer, ...to })),
      steps: [...section.once, ...section.layer].filter((step) => isUser(step, names)).map(({ id }) => id),
    },
  ];
}

function isOf({ id, content, scope, residency, role }, kind, section) {
  if (content.kind !== kind.content || scope !== kind.scope) return false;
  if (residency !== kind.from.residency || role !== kind.from.role) return false;
  if (ONLY !== null && !ONLY.includes(content.tap ?? content.weight)) return false;
  return usesOf(section, id).join() === kind.uses.join();
}

/** Who names a buffer: \`gemm.c\`, \`host transpose.input\`. */
function usesOf({ once, layer }, buffer) {
  const uses = [...once, ...layer].flatMap((step) =>
    step.kind === 'host'
      ? Object.entries(step.operation).flatMap(([field, value]) =>
          field !== 'name' && [value].flat().includes(buffer) ? ['host ' + step.operation.name + '.' + field] : [],
        )
      : step.launches.flatMap((launch) =>
          Object.entries(launch.arguments).flatMap(([argument, id]) =>
            id === buffer ? [launch.kernel.name + '.' + argument] : [],
          ),
        ),
  );
  return [...new Set(uses)].sort();
}

function isUser(step, buffers) {
  if (step.kind === 'host') return Object.values(step.operation).flat().some((value) => buffers.includes(value));
  return step.launches.some((launch) => Object.values(launch.arguments).some((id) => buffers.includes(id)));
}`;
