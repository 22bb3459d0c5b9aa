import { cleanName, cleanText, textOf } from './clean-text.ts';

/** Characters of a quoted text that are shown unless more are asked for. */
const SHOWN = 4000;

/**
 * Text from outside, as data: between tags that name where it comes from. It cannot close them: no less-than sign is left in
 * it, nothing unseen, and where it has several lines each begins with a bar, so that none looks like a turn of a
 * conversation. What is longer than `length` characters is cut, and the opening tag says by how many.
 */
export function quoteUntrusted(source: string, text: string, length: number = SHOWN): string {
  const whole = textOf(text);
  const left = Math.max(0, whole.length - length);
  const shown = cleanText(whole.slice(0, length));
  const label = cleanName(source, 100).replaceAll(/["<>&]/g, "'");
  const opening = `<untrusted source="${label}"${left > 0 ? ` cut="${left}"` : ''}>`;
  if (!shown.includes('\n')) return `${opening}${shown}</untrusted>`;
  const lines = shown.split('\n').map((line) => `| ${line}`);
  return [opening, ...lines, '</untrusted>'].join('\n');
}
