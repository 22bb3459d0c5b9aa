import { html, Markup } from './html.ts';
import type { ReportInput } from './report-input.ts';
import { footer } from './sections/footer.ts';
import { headline, modelName } from './sections/headline.ts';
import { lessons } from './sections/lessons.ts';
import { phasesAndGates } from './sections/phases-and-gates.ts';
import { planBeforeAfter } from './sections/plan-before-after.ts';
import { timePerDispatch } from './sections/time-per-dispatch.ts';
import { trajectory } from './sections/trajectory.ts';
import { verdict } from './sections/verdict.ts';
import { STYLE } from './style.ts';

/**
 * The report of a deployment as one HTML page that asks for nothing outside itself, runs no script and may be
 * read, printed and passed on. All text from files is escaped.
 */
export function renderReportPage(input: ReportInput): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${modelName(input)} on ${input.manifest.target.id}: Tilewright deployment report</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${headline(input)}
<nav aria-label="Sections"><a href="#gates">Phases and gates</a><a href="#trajectory">Trajectory</a><a href="#time">Time</a><a href="#plan">Plan</a><a href="#lessons">Lessons</a><a href="#verdict">Verdict</a></nav>
${phasesAndGates(input)}
${trajectory(input)}
${timePerDispatch(input)}
${planBeforeAfter(input)}
${lessons(input)}
${verdict(input)}
</main>
${footer(input)}
</body>
</html>
`.toString();
}
