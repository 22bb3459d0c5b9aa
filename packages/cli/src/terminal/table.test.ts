import { describe, expect, it } from 'vitest';
import { pairs, table, wrapText } from './table.ts';

describe('table', () => {
  it('aligns its columns', () => {
    const rows = [
      ['a', '1'],
      ['longer', '1,000'],
    ];
    expect(table([{ heading: 'name' }, { heading: 'count', align: 'right' }], rows)).toEqual([
      '  name    count',
      '  a           1',
      '  longer  1,000',
    ]);
  });

  it('continues a long last cell below itself', () => {
    const lines = table([{ heading: 'what' }, { heading: 'note' }], [['x', 'one two three four five six']], 30);
    expect(lines).toEqual(['  what  note', '  x     one two three four', '        five six']);
  });
});

describe('pairs', () => {
  it('aligns values behind names', () => {
    expect(
      pairs([
        ['a', 'one'],
        ['long', 'two\nthree'],
      ]),
    ).toEqual(['  a     one', '  long  two', '        three']);
  });
});

describe('wrapText', () => {
  it('keeps words whole and every word', () => {
    const text = 'the quick brown fox jumps over the extraordinarily lazy dog';
    const lines = wrapText(text, 12);
    expect(lines.join(' ')).toBe(text);
    expect(lines.every((line) => line.length <= 12 || !line.includes(' '))).toBe(true);
  });
});
