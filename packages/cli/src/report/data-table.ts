import { type Content, html, type Markup } from './html.ts';

export interface Column {
  readonly heading: string;
  /** Figures are set to the right; a bar takes the room that is left. Default `text`. */
  readonly kind?: 'text' | 'figure' | 'bar';
}

export interface Row {
  /** One per column; the first names the row. */
  readonly cells: readonly Content[];
  readonly style?: 'kept' | 'rejected' | 'wrong';
}

/**
 * A table. On a narrow screen it becomes a list of cards, unless it is but one or two figures wide. The caption is
 * for those who do not see the heading above.
 */
export function dataTable(caption: string, columns: readonly Column[], rows: readonly Row[]): Markup {
  const narrow = columns.length <= 3 && columns.slice(1).every(({ kind }) => kind === 'figure');
  return html`<table class="${narrow ? 'narrow' : 'cards'}">
<caption>${caption}</caption>
<thead><tr>${columns.map(({ heading, kind }) => html`<th scope="col" class="${kind ?? 'text'}">${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => tableRow(columns, row))}</tbody>
</table>
`;
}

function tableRow(columns: readonly Column[], { cells, style }: Row): Markup {
  return html`<tr class="${style ?? 'plain'}">${columns.map(({ heading, kind }, index) => {
    const cell = cells[index] ?? '–';
    return index === 0
      ? html`<th scope="row" data-label="${heading}">${cell}</th>`
      : html`<td class="${kind ?? 'text'}" data-label="${heading}"><span class="value">${cell}</span></td>`;
  })}</tr>
`;
}
