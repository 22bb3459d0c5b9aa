import { applyFinding } from '../decisions/apply-finding.ts';
import { askHuman } from '../decisions/ask-human.ts';
import { authorEdits } from '../decisions/author-edits.ts';
import { giveUp } from '../decisions/give-up.ts';
import { profile } from '../decisions/profile.ts';
import { recordLesson } from '../decisions/record-lesson.ts';
import { revert } from '../decisions/revert.ts';
import { runGate } from '../decisions/run-gate.ts';
import { tryProposal } from '../decisions/try-proposal.ts';
import { listLessons } from '../looks/list-lessons.ts';
import { listProposals } from '../looks/list-proposals.ts';
import { listSkills } from '../looks/list-skills.ts';
import { previewEdits } from '../looks/preview-edits.ts';
import { readSkill } from '../looks/read-skill.ts';
import { searchKernels } from '../looks/search-kernels.ts';
import { showAttempts } from '../looks/show-attempts.ts';
import { showEditFormat } from '../looks/show-edit-format.ts';
import { showFailure } from '../looks/show-failure.ts';
import { showGateReports } from '../looks/show-gate-reports.ts';
import { showPlan } from '../looks/show-plan.ts';
import { showProfile } from '../looks/show-profile.ts';
import { showProposal } from '../looks/show-proposal.ts';
import type { AgentTool } from './agent-tool.ts';

/** Every tool, looks before decisions. The order is stable: a prompt that holds it can be cached. */
export const AGENT_TOOLS: readonly AgentTool[] = [
  listProposals,
  showProposal,
  showPlan,
  showProfile,
  showGateReports,
  showFailure,
  showAttempts,
  listLessons,
  listSkills,
  readSkill,
  searchKernels,
  showEditFormat,
  previewEdits,
  runGate,
  tryProposal,
  applyFinding,
  authorEdits,
  revert,
  profile,
  askHuman,
  recordLesson,
  giveUp,
];
