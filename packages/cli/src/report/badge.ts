import { type Content, html, type Markup } from './html.ts';

export type Tone = 'good' | 'bad' | 'caution' | 'neutral';

/** A word in a coloured frame; the word alone says it too. */
export function badge(tone: Tone, text: Content): Markup {
  return html`<span class="badge ${tone}">${text}</span>`;
}

/** How statuses of phases, gates and verdicts are coloured. */
export function toneOf(status: string): Tone {
  if (['pass', 'passed', 'accepted', 'kept', 'cured'].includes(status)) return 'good';
  if (['fail', 'failed', 'not-accepted'].includes(status)) return 'bad';
  if (['inconclusive', 'waiting'].includes(status)) return 'caution';
  return 'neutral';
}
