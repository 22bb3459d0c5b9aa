import type { Lesson } from '@tilewright/spec';
import { formatShare } from '../../terminal/quantities.ts';
import { badge, toneOf } from '../badge.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { formatTime } from '../wording.ts';

/** What the deployment taught. */
export function lessons({ lessons }: ReportInput): Markup {
  return sectionFrame(
    {
      id: 'lessons',
      title: 'Lessons',
      lead: 'What the next deployment may read. Advice only: gates and times still decide.',
    },
    lessons === null
      ? missing('There is no lessons.json in the workspace.')
      : lessons.length === 0
        ? html`<p>No lesson was recorded.</p>`
        : html`<ul class="lessons">${lessons.map(lessonItem)}</ul>`,
  );
}

function lessonItem({
  id,
  kind,
  statement,
  phase,
  skill,
  proposal,
  learntOn,
  evidence,
  gain,
  recordedAt,
}: Lesson): Markup {
  return html`<li class="lesson">
<p>${badge(toneOf(kind), kind)} <strong>${statement}</strong>${gain === null ? null : html` <span class="${gain > 0 ? 'gain' : 'quiet'}">${gain < 0 ? `−${formatShare(-gain)}` : formatShare(gain)} of the time</span>`}</p>
${evidence.length === 0 ? null : html`<ul>${evidence.map((line) => html`<li>${line}</li>`)}</ul>`}
<p class="quiet"><code>${id}</code> · phase ${phase}${skill === null ? '' : ` · skill ${skill}`}${proposal === null ? '' : ` · proposal ${proposal}`} · learnt on a ${learntOn.modelFamily} on ${learntOn.target}, prefill ${learntOn.prefillLength}, context ${learntOn.contextLength} · ${formatTime(recordedAt)}</p>
</li>
`;
}
