export type { AgentTool, ToolContext, ToolResult } from './tool/agent-tool.ts';
