import type { Lesson, PlanEdit } from '@tilewright/spec';
import { TilewrightError } from '@tilewright/spec';
import { editEssence } from './edit-essence.ts';
import type { EditRule } from './edit-rule.ts';

/** What deployments have found about one change. */
export interface Evidence {
  /** Lessons of deployments that kept it, or that it cured, each of another model, target or length; the promoted one first. */
  readonly held: readonly Lesson[];
  /** Lessons of those that took it back. */
  readonly failed: readonly Lesson[];
}

/** The length that a phase's plan and time depend on: the other one makes no other situation of it. */
const LENGTH_OF_PHASE: Readonly<Record<number, 'prefillLength' | 'contextLength'>> = {
  4: 'prefillLength',
  5: 'contextLength',
};
const WORDS = { prefillLength: 'prefill length', contextLength: 'context length' } as const;

/**
 * Lessons about the same change as `lesson`, which is one of `rule`. Deployments of the same model and target with the
 * same length, as far as the phase is about it, are one: that they agree says nothing new.
 */
export function evidenceFor(lesson: Lesson, rule: EditRule, lessons: readonly Lesson[]): Evidence {
  const about = lessons.filter((other) => other.phase === lesson.phase && isSameChange(lesson, other, rule));
  const distinct = (kind: Lesson['kind'], first: readonly Lesson[]): readonly Lesson[] => {
    const all = [...first, ...about.filter((other) => other.kind === kind)];
    const keys = all.map(situationKey);
    return all.filter((_, index) => keys.indexOf(keys[index] as string) === index);
  };
  return { held: distinct(lesson.kind, [lesson]), failed: distinct('rejected', []) };
}

function situationKey({ phase, learntOn }: Lesson): string {
  const length = LENGTH_OF_PHASE[phase];
  const lengths = length === undefined ? [learntOn.prefillLength, learntOn.contextLength] : [learntOn[length]];
  return JSON.stringify([learntOn.target, learntOn.modelDigest, ...lengths]);
}

/** Throws `usage` with what is missing where the lesson has not held: kept in two situations, and in more than took it back. */
export function requireHeld(lesson: Lesson, { held, failed }: Evidence): void {
  if (held.length >= 2 && held.length > failed.length) return;
  const again =
    lesson.skill === null
      ? 'let the agent author the same edits there'
      : `with the skill ${lesson.skill}, and see whether ${lesson.proposal} is kept there`;
  const length = LENGTH_OF_PHASE[lesson.phase];
  const lengths = length === undefined ? 'at other lengths' : `at another ${WORDS[length]}`;
  throw new TilewrightError(
    'usage',
    held.length < 2
      ? `The lesson ${lesson.id} was learnt once, on ${originLine(lesson)}; whether it holds elsewhere is not known.`
      : `The lesson ${lesson.id} held on ${held.length} deployments and was taken back on ${failed.length}: ${failed.map(originLine).join('; ')}.`,
    `Deploy another model, or this one ${lengths}, ${again}; what is kept there confirms it.`,
    { field: 'LESSON', got: lesson.id, held: held.length, failed: failed.length },
  );
}

/** `llama, prefill 128, context 256 on xdna2-sim`. */
export function originLine({ learntOn }: Lesson): string {
  const { modelFamily, modelDigest, prefillLength, contextLength, target } = learntOn;
  const model = modelDigest.replace(/^sha256:/, '').slice(0, 8);
  return `${plainName(modelFamily)} ${plainName(model)}, prefill ${prefillLength}, context ${contextLength}, on ${plainName(target)}`;
}

/** A name out of a lesson, which anybody may have written, for a document that agents read. */
export function plainName(name: string): string {
  return name.replaceAll(/[^\w.+:-]+/g, '-').slice(0, 64);
}

function isSameChange(lesson: Lesson, other: Lesson, rule: EditRule): boolean {
  if (lesson.skill !== null) return other.skill === lesson.skill && other.proposal === lesson.proposal;
  if (other.skill !== null || other.edits === undefined || lesson.edits === undefined) return false;
  return rule.kind === 'set-kernel' ? setTheSame(other.edits, rule) : likeness(lesson.edits) === likeness(other.edits);
}

/** Whether edits give the rule's kernel the rule's settings, at whatever shape and in whichever launches. */
function setTheSame(
  edits: readonly PlanEdit[],
  { section, kernel, settings }: EditRule & { kind: 'set-kernel' },
): boolean {
  return edits.every(
    (edit) =>
      edit.kind === 'set-kernel' &&
      edit.section === section &&
      edit.kernel.origin === 'registry' &&
      edit.kernel.name === kernel &&
      Object.entries(settings).every(
        ([name, value]) => edit.kernel.origin === 'registry' && edit.kernel.config[name] === value,
      ),
  );
}

/** Edits but for shapes and settings, which another length or model changes. */
function likeness(edits: readonly PlanEdit[]): string {
  const texts = edits.map((edit) =>
    JSON.stringify(editEssence(edit), (name, value: unknown) =>
      name === 'shape' || name === 'config' ? undefined : value,
    ),
  );
  return JSON.stringify(texts.sort());
}
