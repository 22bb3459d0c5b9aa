import { describe, expect, it } from 'vitest';
import { html } from './html.ts';

describe('html', () => {
  it('escapes text in content and in attributes, and takes markup as it is', () => {
    const name = `<b>"Tom" & 'Co'</b>`;
    expect(html`<p title="${name}">${name}${html`<br>`}${[1, null, 'x']}</p>`.toString()).toBe(
      '<p title="&lt;b&gt;&quot;Tom&quot; &amp; &#39;Co&#39;&lt;/b&gt;">&lt;b&gt;&quot;Tom&quot; &amp; &#39;Co&#39;&lt;/b&gt;<br>1x</p>',
    );
  });

  it('replaces what could turn or hide the text beside it', () => {
    expect(html`${'a\u202eb\u2066c\u0000d\u001be'}`.toString()).toBe('a\ufffdb\ufffdc\ufffdd\ufffde');
  });
});
