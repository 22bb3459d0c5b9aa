import type { Lesson, LessonOrigin } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { viewed } from '../tool/results.ts';

export const listLessons: AgentTool = lookTool({
  name: 'list_lessons',
  title: 'List the lessons',
  description:
    'What earlier deployments taught, those from deployments most like this one first. A lesson is advice and may be wrong ' +
    'here: gates and times decide. Cite the ids of those that you follow.',
  input: z.strictObject({
    phase: z.int().min(0).max(7).exactOptional().describe('Only those of this phase.'),
    skill: z.string().min(1).max(200).exactOptional().describe('Only those about this skill.'),
  }),
  output: z.strictObject({
    lessons: fittedSchema(
      z.strictObject({
        id: z.string(),
        kind: z.enum(['kept', 'rejected', 'cured', 'noted']),
        statement: z.string(),
        phase: z.int(),
        skill: z.string().nullable(),
        proposal: z.string().nullable(),
        gain: z.number().nullable(),
        evidence: z.array(z.string()),
        learntOn: z.strictObject({
          sameTarget: z.boolean(),
          sameModel: z.boolean(),
          modelFamily: z.string(),
          prefillLength: z.number(),
          contextLength: z.number(),
        }),
      }),
    ),
  }),
  run: ({ phase, skill }, { observation: { lessons, origin } }) => {
    const wanted = lessons
      .filter((lesson) => phase === undefined || lesson.phase === phase)
      .filter((lesson) => skill === undefined || cleanName(lesson.skill ?? '') === skill);
    const nearest = [...wanted].sort((a, b) => distance(a, origin) - distance(b, origin));
    return viewed({
      lessons: fitted(
        nearest.map((lesson) => shownLesson(lesson, origin)),
        16_000,
      ),
    });
  },
});

function shownLesson({ learntOn, ...lesson }: Lesson, origin: LessonOrigin) {
  const source = `lesson ${lesson.id}`;
  return {
    ...{ id: cleanName(lesson.id), kind: lesson.kind, statement: quoteUntrusted(source, lesson.statement, 600) },
    phase: lesson.phase,
    skill: lesson.skill === null ? null : cleanName(lesson.skill),
    proposal: lesson.proposal === null ? null : cleanName(lesson.proposal),
    gain: lesson.gain,
    evidence: lesson.evidence.slice(0, 3).map((line) => quoteUntrusted(source, line, 200)),
    learntOn: {
      sameTarget: learntOn.target === origin.target,
      sameModel: learntOn.modelDigest === origin.modelDigest,
      modelFamily: cleanName(learntOn.modelFamily),
      prefillLength: learntOn.prefillLength,
      contextLength: learntOn.contextLength,
    },
  };
}

/** 0 for the same target, model and lengths; another target weighs most. */
function distance({ learntOn }: Lesson, origin: LessonOrigin): number {
  return (
    (learntOn.target === origin.target ? 0 : 8) +
    (learntOn.modelFamily === origin.modelFamily ? 0 : 4) +
    (learntOn.modelDigest === origin.modelDigest ? 0 : 2) +
    (learntOn.prefillLength === origin.prefillLength && learntOn.contextLength === origin.contextLength ? 0 : 1)
  );
}
