import type { BetaTextBlockParam } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import { AGENT_GUIDE, quoteUntrusted } from '@tilewright/agent-tools';
import type { SkillText } from '@tilewright/spec';

/**
 * What the model is told once: its job, and which skills there are. It is the same in every request of a deployment, and
 * with the tools before it, it is what the service keeps in its cache.
 */
export function systemPrompt(skills: readonly SkillText[]): BetaTextBlockParam[] {
  const known = skills.map(({ id, kind, description }) => `${id} (${kind}): ${description}`);
  const list =
    known.length === 0
      ? []
      : ['', 'Skills, each to be read with read_skill:', quoteUntrusted('skills', known.join('\n'))];
  return [{ type: 'text', text: [AGENT_GUIDE, ...list].join('\n'), cache_control: { type: 'ephemeral' } }];
}
