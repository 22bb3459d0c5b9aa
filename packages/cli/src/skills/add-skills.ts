import type { Command } from 'commander';
import { EXIT_STATUS } from '../exit-status.ts';
import { DEFAULT_AGENT } from '../modules/agents.ts';
import { DEFAULT_TARGET } from '../modules/targets.ts';
import { done } from '../outcome.ts';
import { budgetOf } from '../program/budget-flags.ts';
import { passedOrNot, type TermFlags, withTerms } from '../program/compare.ts';
import { withJson } from '../program/json-option.ts';
import { each } from '../program/parsers.ts';
import type { Runner } from '../program/runner.ts';

interface TryFlags {
  readonly json?: boolean;
  readonly plan: string;
  readonly report?: string;
  readonly target?: string;
}

interface PromoteFlags {
  readonly json?: boolean;
  readonly from: string;
  readonly out: string;
  readonly target?: string;
}

interface EvalFlags extends TermFlags {
  readonly json?: boolean;
  readonly agent?: string;
  readonly judge?: boolean;
}

/** `tilewright skills list | install | new | lint | try | promote | eval`. */
export function addSkills(program: Command, run: Runner): void {
  const skills = program.command('skills').description('what is known about deploying, and how to add to it');

  withJson(skills.command('list'))
    .description('the built-in skills, and those of your own that you name')
    .option('--skill <module>', 'a further skill; may be given several times', each)
    .action(({ skill = [], ...flags }: { json?: boolean; skill?: readonly string[] }) =>
      run(flags, async (context) => {
        const { listSkills } = await import('./list-skills.ts');
        const { renderSkillList } = await import('./render-skills.ts');
        const result = await listSkills(skill, context);
        return done(result, (style) => renderSkillList(result, style));
      }),
    );

  withJson(skills.command('install <dir>'))
    .description('put all SKILL.md files where coding agents look: .claude/skills and .agents/skills')
    .option('--force', 'replace files that are there and differ')
    .action((directory: string, { force = false, ...flags }: { json?: boolean; force?: boolean }) =>
      run(flags, async (context) => {
        const { installSkills } = await import('./install-skills.ts');
        const { renderInstalled } = await import('./render-skills.ts');
        const result = await installSkills({ directory, force }, context);
        return done(result, () => renderInstalled(result));
      }),
    );

  withJson(skills.command('new <name>'))
    .description('write a skill package into a new directory: code, SKILL.md, test')
    .action((name: string, flags: { json?: boolean }) =>
      run(flags, async (context) => {
        const { newSkill } = await import('./new-skill.ts');
        const { renderNew } = await import('./render-skills.ts');
        const result = await newSkill(name, context);
        return done(result, () => renderNew(result));
      }),
    );

  withJson(skills.command('lint <dir>'))
    .description('hold a skill against the rules of the Agent Skills format and, if it has code, of the contract')
    .action((directory: string, flags: { json?: boolean }) =>
      run(flags, async (context) => {
        const { lintSkill } = await import('./lint-skill.ts');
        const { renderLint } = await import('./render-skills.ts');
        const result = await lintSkill(directory, context);
        return {
          result,
          text: (style) => renderLint(result, style),
          exitStatus: result.valid ? EXIT_STATUS.done : EXIT_STATUS.notPassed,
        };
      }),
    );

  withJson(skills.command('try <skill>'))
    .description('show what a skill finds in a plan, the edits it would make and the gain, touching nothing')
    .requiredOption('--plan <file>', 'a plan.json, naive or optimised')
    .option('--report <file>', 'a gate report that did not pass, for debug skills: gates/phase-N.json')
    .option('--target <name>', `target: a built-in name or a module (default: ${DEFAULT_TARGET})`)
    .action((skill: string, { json = false, ...request }: TryFlags) =>
      run({ json }, async (context) => {
        const { trySkill } = await import('./try-skill.ts');
        const { renderTry } = await import('./render-skills.ts');
        const result = await trySkill({ skill, ...request }, context);
        return done(result, (style) => renderTry(result, style));
      }),
    );

  withJson(skills.command('promote <lesson>'))
    .description('make a skill package from a lesson that held in later deployments')
    .requiredOption('--from <dir>', 'the deployment that taught it: its situation becomes the test')
    .requiredOption('--out <dir>', 'where the package goes: new or empty; its last part is the name of the skill')
    .option('--target <name>', "target, where the deployment's is not built in")
    .action((lesson: string, { json = false, ...request }: PromoteFlags) =>
      run({ json }, async (context) => {
        const { promoteSkill } = await import('./promote-skill.ts');
        const { renderPromoted } = await import('./render-promoted.ts');
        const result = await promoteSkill({ lesson, ...request }, context);
        return done(result, (style) => renderPromoted(result, style));
      }),
    );

  withTerms(
    withJson(skills.command('eval <skill> <models...>'))
      .description('deploy models without a skill and with it, under equal terms, and compare what came of it')
      .option('--agent <name>', `agent: a built-in name, replay:TRANSCRIPT or a module (default: ${DEFAULT_AGENT})`)
      .option('--judge', 'have each deployment judged in a fresh process too'),
  ).action((skill: string, models: string[], { json = false, judge = false, ...flags }: EvalFlags) =>
    run({ json }, async (context) => {
      const { evalSkill } = await import('./eval-skill.ts');
      const { renderEvaluation } = await import('../render/comparison.ts');
      const budget = budgetOf(flags);
      const result = await evalSkill({ skill, models, judge, ...flags, ...(budget && { budget }) }, context);
      const reached = judge ? 'accepted' : 'deployed';
      const passed = result.models.every((one) => one.without.status === reached && one.with.status === reached);
      return { result, text: (style) => renderEvaluation(result, style), exitStatus: passedOrNot(passed) };
    }),
  );
}
