import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { openMatrixEngine } from '@tilewright/oracle';
import type { CommandContext } from '../command-context.ts';
import { allowedEngines } from '../model/with-oracle-engine.ts';
import { loadModule } from '../modules/load-module.ts';
import { DEFAULT_TARGET, TARGETS } from '../modules/targets.ts';
import { packageInfo } from '../package-info.ts';
import { formatBytes } from '../terminal/quantities.ts';

export interface DoctorResult {
  readonly healthy: boolean;
  readonly checks: readonly DoctorCheck[];
}

export interface DoctorCheck {
  readonly name: string;
  /** `absent` is an optional thing that is not there; it does not make anything fail. */
  readonly status: 'ok' | 'absent' | 'failed';
  readonly found: string;
  /** What it is for, or what to do about it. */
  readonly note: string;
}

/** The bundled model and its deployment take about 1 GiB; less than this is asking for trouble. */
const LEAST_MEMORY_BYTES = 2 * 1024 ** 3;

/** Looks at what Tilewright needs here, and what it could use. */
export async function doctor({ surroundings }: CommandContext): Promise<DoctorResult> {
  const info = packageInfo();
  const checks = [
    nodeCheck(process.versions.node, info.requiredNode),
    { name: 'tilewright', status: 'ok', found: info.version, note: info.directory } satisfies DoctorCheck,
    ...info.dependencies.map((name) => packageCheck(name, info.directory)),
    await engineCheck(surroundings),
    processorCheck(),
    memoryCheck(),
    await targetCheck(surroundings.cwd),
    await writeCheck('write access here', surroundings.cwd, 'Change to a directory that you may write to.'),
    await writeCheck(
      'write access for temporary files',
      tmpdir(),
      'Point TMPDIR at a directory that you may write to.',
    ),
  ];
  return { healthy: checks.every(({ status }) => status !== 'failed'), checks };
}

export function nodeCheck(version: string, required: string): DoctorCheck {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = required.split('.').map(Number);
  const enough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  return {
    name: 'Node.js',
    status: enough ? 'ok' : 'failed',
    found: version,
    note: enough ? `${required} or later` : `Install Node.js ${required} or later.`,
  };
}

function packageCheck(name: string, from: string): DoctorCheck {
  const version = installedVersion(name, from);
  return version === undefined
    ? { name, status: 'failed', found: 'not installed', note: 'Install @tilewright/cli again.' }
    : { name, status: 'ok', found: version, note: '' };
}

/** What the oracle computes with here. */
async function engineCheck(surroundings: CommandContext['surroundings']): Promise<DoctorCheck> {
  const name = 'oracle engine';
  const { engine, missing } = await openMatrixEngine({ engines: allowedEngines(surroundings) });
  await engine?.close();
  if (engine) return { name, status: 'ok', found: engine.id, note: 'the oracle computes with it' };
  const reasons = missing.map(({ error }) => `${error.message} ${error.remedy}`).join(' ');
  return {
    name,
    status: 'absent',
    found: 'plain TypeScript',
    note: `optional, for a faster oracle. ${reasons}`.trim(),
  };
}

function installedVersion(name: string, from: string): string | undefined {
  for (const directory of createRequire(join(from, 'package.json')).resolve.paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(join(directory, name, 'package.json'), 'utf8')).version;
    } catch {
      // Not there: look further up.
    }
  }
  return undefined;
}

function processorCheck(): DoctorCheck {
  return { name: 'processor', status: 'ok', found: `${availableParallelism()} cores, ${process.arch}`, note: '' };
}

function memoryCheck(): DoctorCheck {
  const enough = totalmem() >= LEAST_MEMORY_BYTES;
  return {
    name: 'memory',
    status: enough ? 'ok' : 'failed',
    found: `${formatBytes(totalmem())}, ${formatBytes(freemem())} free`,
    note: enough ? '' : `Less than ${formatBytes(LEAST_MEMORY_BYTES)}: larger models will not fit.`,
  };
}

async function targetCheck(cwd: string): Promise<DoctorCheck> {
  const name = `target ${DEFAULT_TARGET}`;
  try {
    const { value } = await loadModule(TARGETS, DEFAULT_TARGET, cwd);
    const { device, timing } = value;
    const found = `${device.name}, ${device.columns} columns by ${device.computeRows} rows`;
    return { name, status: 'ok', found, note: timing === 'estimate' ? 'its times are estimates' : '' };
  } catch (error) {
    return { name, status: 'failed', found: (error as Error).message, note: 'Install @tilewright/cli again.' };
  }
}

async function writeCheck(name: string, directory: string, remedy: string): Promise<DoctorCheck> {
  try {
    const probe = await mkdtemp(join(directory, '.tilewright-doctor-'));
    await rm(probe, { recursive: true });
    return { name, status: 'ok', found: directory, note: '' };
  } catch (error) {
    return { name, status: 'failed', found: `${directory}: ${(error as Error).message}`, note: remedy };
  }
}
