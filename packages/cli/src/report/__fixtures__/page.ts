/** Elements without an end tag. */
const VOID: ReadonlySet<string> = new Set(['meta', 'br']);

/** What is wrong with the nesting of a page's tags: nothing, for a well-formed one. Knows what our pages use. */
export function tagFaults(page: string): string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const rest = page.replace(/<!doctype html>/, '').replace(/<style>[^<]*<\/style>/, '');
  for (const [tag] of rest.matchAll(/<[^>]*>?/g)) {
    const parsed = /^<(\/?)([a-z][a-z0-9]*)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)(\/?)>$/.exec(tag);
    if (parsed === null) {
      faults.push(`no tag: ${tag}`);
      continue;
    }
    const [, end, name = '', , closed] = parsed;
    if (end === '/') {
      const opened = open.pop();
      if (opened !== name) faults.push(`</${name}> closes <${opened}>`);
    } else if (closed !== '/' && !VOID.has(name)) {
      open.push(name);
    }
  }
  return [...faults, ...open.map((name) => `<${name}> is never closed`)];
}

/** The part of a page from a section's start tag to its end. */
export function sectionOf(page: string, id: string): string {
  const start = page.indexOf(`<section id="${id}"`);
  if (start < 0) throw new Error(`no section ${id}`);
  return page.slice(start, page.indexOf('</section>', start));
}

export function occurrences(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}
