import { Command } from 'commander';
import type { ExitStatus } from '../exit-status.ts';
import { packageInfo } from '../package-info.ts';
import { addSkills } from '../skills/add-skills.ts';
import type { Surroundings } from '../terminal/surroundings.ts';
import { addCompare } from './compare.ts';
import { addDeploy } from './deploy.ts';
import { addDoctor } from './doctor.ts';
import { addEstimate } from './estimate.ts';
import { addEvaluate } from './evaluate.ts';
import { addFidelity } from './fidelity.ts';
import { addMcp } from './mcp.ts';
import { addOracle } from './oracle.ts';
import { addPlugins } from './plugins.ts';
import { addRegistry } from './registry.ts';
import { addReport } from './report.ts';
import { addReview } from './review.ts';
import { addRun } from './run.ts';
import { runner } from './runner.ts';
import { addStatus } from './status.ts';
import { addTrace } from './trace.ts';

const EXAMPLES = `
Examples:
  tilewright deploy models/tiny-llama --out out/tiny-llama --yes
  tilewright run out/tiny-llama --prompt "ROMEO:"
  tilewright estimate models/tiny-llama

A model is a directory with config.json and safetensors; a .gguf file; on Hugging Face,
org/name[/FILE.gguf][@revision], fetched into its cache; or synthetic:PATH/config.json, with
made-up weights.

Exit status: 0 done; 1 a gate or verdict failed; 2 bad input or usage; 3 waiting for a human;
70 a bug in Tilewright; 130 interrupted. Every command but mcp takes --json: one JSON document
on stdout.`;

/** The commands, their options and what runs them. Commands are loaded when they are run, so that help is quick. */
export function buildProgram(surroundings: Surroundings, setExitStatus: (status: ExitStatus) => void): Command {
  const program = new Command('tilewright')
    .description('Deploys decoder-only LLMs to a spatial NPU in gated phases.')
    .version(packageInfo().version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print what a command takes')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      // Usage errors are reported by runCli, in the form that was asked for.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(surroundings.stdout.columns ?? 100, 100),
      getOutHasColors: () => false,
    });
  const run = runner(surroundings, setExitStatus);
  addDeploy(program, run);
  addRun(program, run);
  addEvaluate(program, run);
  addStatus(program, run);
  addReview(program, run);
  addReport(program, run);
  addTrace(program, run);
  addEstimate(program, run);
  addRegistry(program, run);
  addFidelity(program, run);
  addSkills(program, run);
  addCompare(program, run);
  addPlugins(program, run);
  addMcp(program, run);
  addOracle(program, run);
  addDoctor(program, run);
  return program;
}
