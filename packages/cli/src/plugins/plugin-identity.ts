/** What every plugin says about itself. */
export const PLUGIN = {
  /** Of the plugin, of the marketplace that lists it, and of the MCP server in it. */
  name: 'tilewright',
  displayName: 'Tilewright',
  author: 'Tilewright',
  license: 'Apache-2.0',
  keywords: ['llm', 'npu', 'deployment', 'xdna2', 'mcp'],
  summary: 'Deploys decoder-only language models to a spatial NPU, in gated phases',
  description:
    'Deploys decoder-only language models to a spatial NPU in gated phases: skills that say how, and the Tilewright MCP server that does the work and judges it.',
} as const;
