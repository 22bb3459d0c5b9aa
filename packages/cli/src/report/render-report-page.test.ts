import { digest } from '@tilewright/gates';
import { describe, expect, it } from 'vitest';
import { BEGUN, gateReport, OPTIMISED, STATISTICS } from './__fixtures__/optimised-deployment.ts';
import { occurrences, sectionOf, tagFaults } from './__fixtures__/page.ts';
import { renderReportPage } from './render-report-page.ts';
import type { ReportInput } from './report-input.ts';

const PAGE = renderReportPage(OPTIMISED);
const ATTEMPTS = OPTIMISED.trajectory?.attempts ?? [];

describe('renderReportPage', () => {
  it.each([
    ['a finished deployment', OPTIMISED],
    ['one that has just begun', BEGUN],
  ])('writes well-formed HTML that asks for nothing outside itself, for %s', (_, input) => {
    const page = renderReportPage(input);
    expect(tagFaults(page)).toEqual([]);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
    expect(page).not.toMatch(/https?:|\bsrc=|url\(|@import|<script|<link|<iframe| on[a-z]+=/i);
    const targets = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(targets.length).toBeGreaterThan(0);
    for (const href of targets) expect(page).toContain(`<section id="${href?.slice(1)}"`);
  });

  it('shows every attempt in the table and in the chart, with what was expected, found and rejected', () => {
    const section = sectionOf(PAGE, 'trajectory');
    expect(occurrences(section, /<tr class="(kept|rejected)"/g)).toBe(ATTEMPTS.length);
    expect(occurrences(section, /class="mark kept"/g)).toBe(2);
    expect(occurrences(section, /class="mark rejected"/g)).toBe(1);
    expect(occurrences(section, /class="mark untimed"/g)).toBe(1);
    expect(section).toContain('the time rises by 3.3 %');
    expect(section).toContain('cites lesson-7');
    expect(section).toContain('19.3 ms → 17.5 ms');
    expect(section).toContain('14.2 ms → 9.61 ms, 1.48×');
  });

  it('says to those who do not see a chart what is in it', () => {
    for (const phase of [4, 5]) {
      expect(PAGE).toMatch(new RegExp(`role="img" aria-labelledby="chart-${phase}-title chart-${phase}-desc"`));
      expect(PAGE).toMatch(
        new RegExp(`<title id="chart-${phase}-title">[^<]+</title>\\s*<desc id="chart-${phase}-desc">[^<]+<`),
      );
    }
    expect(PAGE).toContain('starts at 19.3 ms and ends at 17.5 ms after 3 attempts, of which 1 kept');
  });

  it('draws the step line through the times that stood', () => {
    const [, line = ''] = /<path class="step" d="([^"]+)"/.exec(sectionOf(PAGE, 'trajectory')) ?? [];
    const heights = [...line.matchAll(/V([\d.]+)/g)].map(([, y]) => Number(y));
    const start = Number(/^M[\d.]+ ([\d.]+)/.exec(line)?.[1]);
    expect(heights).toHaveLength(3);
    expect(heights[0]).toBeGreaterThan(start);
    expect(heights[1]).toBe(heights[0]);
    expect(heights[2]).toBe(heights[0]);
  });

  it('calls estimates estimates, and nothing else', () => {
    expect(PAGE).toContain('Time to first token (estimate)');
    expect(PAGE).toContain('Tokens per second (estimate)');
    expect(PAGE).toContain('All times are estimates');
    expect(PAGE).not.toMatch(/measur/i);
  });

  it('calls measurements so where a target took them', () => {
    const timing = 'measurement' as const;
    const { profile, evaluation } = OPTIMISED;
    if (profile === null || evaluation === null) throw new Error('the fixture has both');
    const page = renderReportPage({
      ...OPTIMISED,
      trajectory: { specificationVersion: 'v1', attempts: ATTEMPTS.map((attempt) => ({ ...attempt, timing })) },
      profile: { ...profile, timing },
      evaluation: { ...evaluation, performance: { ...evaluation.performance, timing } },
      lessons: [],
    });
    expect(page).toContain('Time to first token (measurement)');
    expect(page).not.toMatch(/estimate/i);
  });

  it('shows the time of each step, the longest first, in its parts', () => {
    const section = sectionOf(PAGE, 'time');
    expect(section.indexOf('<code>attention</code>')).toBeLessThan(section.indexOf('<code>embedding</code>'));
    expect(section).toContain('<span class="run" style="width:95.31%">');
    expect(section).toContain('<span class="transfer" style="width:4.69%">');
    expect(section).toContain('class="value">compute</span>');
    expect(section).toContain('0.0310×');
  });

  it('shows merged dispatches, residency and removed host steps of the plans', () => {
    const section = sectionOf(PAGE, 'plan');
    expect(section).toContain('<span class="tag">6 launches</span>');
    expect(occurrences(section, /<span class="tag">removed<\/span>/g)).toBe(4);
    expect(section).toMatch(/Dispatches per layer<\/th>.*>15<.*<strong>3<\/strong>/);
    expect(section).toMatch(/Buffers on the device, static<\/th>.*>0<.*<strong>9<\/strong>/);
  });

  it('says so where no edit was kept', () => {
    expect(renderReportPage({ ...OPTIMISED, initialPlan: OPTIMISED.plan })).toContain('No edit was kept');
  });

  it('shows the verdict with digests and seeds', () => {
    expect(PAGE).toContain('<p class="verdict-word">pass</p>');
    const section = sectionOf(PAGE, 'verdict');
    expect(section).toContain(OPTIMISED.manifest.planDigest);
    expect(section).toContain('1568938424, 2476446130');
    expect(section).toContain('All 1 agree');
  });

  it.each(['fail', 'inconclusive'] as const)('shows the verdict %s and claims that do not hold', (verdict) => {
    const evaluation = OPTIMISED.evaluation && {
      ...OPTIMISED.evaluation,
      verdict,
      claims: [{ claim: 'plan', claimed: 'one', found: 'other', agrees: false }],
    };
    const page = renderReportPage({ ...OPTIMISED, evaluation });
    expect(page).toContain(`<p class="verdict-word">${verdict}</p>`);
    expect(page).toContain('1 claim of 1 does not hold.');
  });

  it('doubts a verdict and a profile on another plan', () => {
    const planDigest = `sha256:${'b'.repeat(64)}`;
    const page = renderReportPage({ ...OPTIMISED, manifest: { ...OPTIMISED.manifest, planDigest } });
    expect(page).toContain('These files do not belong together.');
    expect(page).toContain('The verdict is on another plan');
    expect(page).toContain('The profile is of another plan');
    expect(page).toContain('<p class="verdict-word">pass, in doubt</p>');
    expect(PAGE).not.toContain('do not belong together');
    expect(digest(OPTIMISED.plan)).toBe(OPTIMISED.manifest.planDigest);
  });

  it('shows the worst comparisons with the limits that they were held to', () => {
    const section = sectionOf(PAGE, 'gates');
    expect(section).toContain('mean relative L1 error <strong>0.0244</strong> at <code>decode layers.1.q_proj</code>');
    expect(section).toContain('correlation <strong>0.99979</strong>');
    expect(section).toContain('at most 0.03');
    expect(section).toContain('at least 0.999');
    expect(section).toContain('No gate report in the workspace.');
  });

  it('shows what failed, opened, and does not invent the limits of another policy', () => {
    const failed = {
      ...gateReport(1, 'kernels', 'kernels.matmul'),
      verdict: 'fail' as const,
      policyDigest: 'sha256:other',
      failures: [
        { kind: 'non-finite' as const, subject: 'prefill layers.1.q_proj', message: 'has 3', limit: 0, value: 3 },
      ],
      firstDeviation: { layer: 1, kernel: 'q_proj', section: 'prefill' },
      comparisons: [
        {
          subject: 'prefill layers.1.q_proj',
          rule: 'kernels.matmul',
          passed: false,
          statistics: { ...STATISTICS, nonFinite: 3, meanRelativeL1: Number.NaN },
        },
      ],
    };
    const page = renderReportPage({ ...OPTIMISED, gateReports: [failed] });
    const section = sectionOf(page, 'gates');
    expect(page).toContain('says that phase 1 passed, and the verdict of its gate report is fail');
    expect(section).toContain('First outside its tolerance: <strong>q_proj</strong> in layer 1 (prefill)');
    expect(section).toContain(
      '<strong>non-finite</strong> at <code>prefill layers.1.q_proj</code>: has 3 (3, limit 0)',
    );
    expect(section).toContain('<details open>');
    expect(section).toContain('<strong>not finite</strong>');
    expect(section).toContain('its limits are not shown');
    expect(section).not.toContain('at most 0.03');
  });

  it('says of every part what is missing', () => {
    const page = renderReportPage(BEGUN);
    for (const [id, text] of [
      ['trajectory', 'There is no perf_opt_traj.json'],
      ['time', 'There is no profile.json'],
      ['plan', 'There is no plan.json yet'],
      ['lessons', 'There is no lessons.json'],
      ['verdict', 'Nobody has judged this deployment'],
    ] as const) {
      expect(sectionOf(page, id)).toMatch(new RegExp(`<strong>Missing.</strong> ${text}`));
    }
    expect(page).toContain('<p class="verdict-word">not judged</p>');
    expect(occurrences(page, /class="figure-large">missing</g)).toBe(2);
    expect(sectionOf(renderReportPage({ ...OPTIMISED, initialPlan: null }), 'plan')).toContain(
      'is not in the workspace',
    );
  });

  it('makes hostile text inert, wherever it stands', () => {
    const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)></style></title>`;
    const page = renderReportPage(spoiled(OPTIMISED, hostile) as ReportInput);
    expect(tagFaults(page)).toEqual([]);
    expect(page).not.toMatch(/<script|<img/i);
    for (const id of ['gates', 'trajectory', 'time', 'plan', 'lessons', 'verdict']) {
      expect(sectionOf(page, id)).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    }
    expect(page.match(/<title>.*<\/title>/)?.[0]).toContain('&lt;script&gt;');
  });
});

/** Values that choose between forms; they are enumerated in the schemas, so that no file can hold others. */
const FORMS: ReadonlySet<string> = new Set(
  'specificationVersion kind verdict status timing section origin residency role scope format order at'.split(' '),
);

/** Every string of a value with something hostile behind it, but for the forms. */
function spoiled(value: unknown, hostile: string, key = ''): unknown {
  if (typeof value === 'string') return FORMS.has(key) ? value : `${value}${hostile}`;
  if (Array.isArray(value)) return value.map((item) => spoiled(item, hostile, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, spoiled(member, hostile, name)]));
}
