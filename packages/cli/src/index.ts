export { defineConfig, type TilewrightConfig } from './config/tilewright-config.ts';
export { EXIT_STATUS, type ExitStatus } from './exit-status.ts';
export { runCli } from './run-cli.ts';
export type { Output, Surroundings } from './terminal/surroundings.ts';
