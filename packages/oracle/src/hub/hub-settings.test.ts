import { describe, expect, it } from 'vitest';
import { hubSettings } from './hub-settings.ts';
import { formatModelId, parseModelId } from './model-id.ts';

describe('hubSettings', () => {
  it('are those of huggingface_hub', () => {
    const plain = { hubUrl: 'https://huggingface.co', token: null, offline: false };
    const cache = (environment: Record<string, string>) => hubSettings(environment, '/home/me').cacheDirectory;
    expect(hubSettings({}, '/home/me')).toEqual({ ...plain, cacheDirectory: '/home/me/.cache/huggingface/hub' });
    expect(cache({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/huggingface/hub');
    expect(cache({ XDG_CACHE_HOME: '/xdg', HF_HOME: '/hf' })).toBe('/hf/hub');
    expect(cache({ HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/old');
    expect(cache({ HF_HUB_CACHE: '/new', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/new');
    const environment = { HF_ENDPOINT: 'http://mirror/', HF_TOKEN: ' hf_abc\n', HF_HUB_OFFLINE: '1' };
    expect(hubSettings(environment, '/')).toMatchObject({ hubUrl: 'http://mirror', token: 'hf_abc', offline: true });
    expect(hubSettings({ HF_HUB_OFFLINE: '0', HF_TOKEN: '' }, '/home/me')).toMatchObject(plain);
  });

  it('refuse a token that is none, without telling it', () => {
    const error = () => hubSettings({ HF_TOKEN: 'secret' }, '/');
    expect(error).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(error).not.toThrow(/secret/);
  });
});

describe('parseModelId', () => {
  it.each([
    ['meta-llama/Llama-3.2-1B', { name: 'meta-llama/Llama-3.2-1B', ggufFile: null, revision: 'main' }],
    ['a/b@refs/pr/1', { name: 'a/b', ggufFile: null, revision: 'refs/pr/1' }],
    ['a/b-GGUF/b-Q8_0.gguf@v1.0', { name: 'a/b-GGUF', ggufFile: 'b-Q8_0.gguf', revision: 'v1.0' }],
    ['a/b/Q8_0/b.gguf', { name: 'a/b', ggufFile: 'Q8_0/b.gguf', revision: 'main' }],
  ])('reads %s', (text, expected) => {
    expect(parseModelId(text)).toEqual(expected);
    expect(formatModelId(expected)).toBe(text);
  });

  it.each(['gpt2', './a/b', '/a/b', 'a/b/c', 'a/b@', 'a/..', 'a/b/../c.gguf', 'a b/c', 'http://a/b'])(
    'knows that %s is none',
    (text) => {
      expect(parseModelId(text)).toBeNull();
    },
  );
});
