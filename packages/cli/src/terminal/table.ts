/** A column of a table: its heading and on which side its cells stand. */
export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
}

const INDENT = '  ';
const GAP = '  ';

/**
 * A table as lines, indented, columns as wide as their widest cell. A cell in the last column that would
 * make the line longer than `width` continues below itself.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width = 100): string[] {
  const widths = columns.map(({ heading }, i) => Math.max(heading.length, ...rows.map((row) => (row[i] ?? '').length)));
  const lastStart = INDENT.length + widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const lastWidth = Math.max(20, width - lastStart);
  const line = (cells: readonly string[]): string[] => {
    const shown = columns.slice(0, -1).map(({ align }, i) => pad(cells[i] ?? '', widths[i] as number, align));
    const last = columns.length - 1;
    const { align } = columns[last] as Column;
    const text = cells[last] ?? '';
    const parts = align === 'right' ? [pad(text, widths[last] as number, align)] : wrapText(text, lastWidth);
    return parts.map((part, i) => {
      const before = i === 0 ? INDENT + shown.map((cell) => cell + GAP).join('') : ' '.repeat(lastStart);
      return (before + part).trimEnd();
    });
  };
  return [columns.map(({ heading }) => heading), ...rows].flatMap(line);
}

/** Names and what they stand for, as two aligned columns without headings. */
export function pairs(entries: readonly (readonly [name: string, value: string])[], width = 100): string[] {
  const nameWidth = Math.max(0, ...entries.map(([name]) => name.length));
  const start = INDENT.length + nameWidth + GAP.length;
  return entries.flatMap(([name, value]) =>
    wrapText(value, width - start).map((part, i) =>
      (i === 0 ? INDENT + pad(name, nameWidth) + GAP + part : ' '.repeat(start) + part).trimEnd(),
    ),
  );
}

/** Breaks text at spaces so that no line is longer than `width`, unless one word is. Keeps line breaks. */
export function wrapText(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    return [...lines, line];
  });
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width);
}
