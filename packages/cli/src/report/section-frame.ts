import { type Content, html, type Markup } from './html.ts';

export interface SectionText {
  readonly id: string;
  readonly title: string;
  /** What the section shows, in a sentence. */
  readonly lead: Content;
}

export function sectionFrame({ id, title, lead }: SectionText, body: Content): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="lead">${lead}</p>
${body}
</section>
`;
}

/** In place of what the workspace does not have: nothing is left out silently. */
export function missing(what: Content): Markup {
  return html`<p class="missing"><strong>Missing.</strong> ${what}</p>
`;
}
