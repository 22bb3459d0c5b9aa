export { AGENT_GUIDE } from './observation/agent-guide.ts';
export { type DescribeOptions, describeObservation } from './observation/describe-observation.ts';
export { quoteUntrusted } from './text/quote-untrusted.ts';
export type { AgentTool, ToolContext, ToolResult } from './tool/agent-tool.ts';
export { AGENT_TOOLS } from './tool/agent-tools.ts';
export { callTool } from './tool/call-tool.ts';
