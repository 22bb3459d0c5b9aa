/** The page's style: light and dark, wide and narrow, screen and paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #16191f; --quiet: #5a6373; --line: #dfe3ea; --soft: #eef1f5;
  --accent: #1f4fd8; --prefill: #1f5fd0; --decode: #7a3fc4;
  --good: #12693b; --good-soft: #e2f4e9; --bad: #a81e22; --bad-soft: #fce6e5; --caution: #84540a; --caution-soft: #fcf0d6;
  --run: #2f6fdb; --transfer: #d98a1f; --host: #7b8494;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #101318; --card: #181c23; --ink: #e8ebf0; --quiet: #9aa4b4; --line: #2c323d; --soft: #212732;
    --accent: #8fb0ff; --prefill: #76a5ff; --decode: #c09bff;
    --good: #74d69c; --good-soft: #15321f; --bad: #ff8f8a; --bad-soft: #3c1a1b; --caution: #f0be62; --caution-soft: #362910;
    --run: #5b93f5; --transfer: #e5a144; --host: #858fa1;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main, footer { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
h1, h2, h3, h4, h5, p, ul, ol, dl, dd, figure { margin: 0; }
h1 { font-size: 34px; line-height: 1.15; letter-spacing: -0.02em; }
h2 { font-size: 21px; line-height: 1.25; letter-spacing: -0.01em; }
h3 { font-size: 16px; margin: 26px 0 8px; }
h4 { font-size: 15px; }
h5 { font-size: 12px; color: var(--quiet); font-weight: 600; margin: 10px 0 4px; }
code { font-family: var(--mono); font-size: 0.88em; }
a { color: var(--accent); }
.quiet, .lead, .note, .dates, .subtitle, .eyebrow, .limit { color: var(--quiet); }
h3 .quiet, .quiet { font-weight: 400; font-size: 13.5px; }
td .quiet, th .quiet { font-size: 0.95em; }
.lead { margin: 4px 0 16px; max-width: 100ch; }
.gain { color: var(--good); font-weight: 600; }

.headline { padding: 40px 0 8px; }
.top { display: flex; gap: 24px; justify-content: space-between; align-items: flex-start; }
.eyebrow { font-size: 13px; font-weight: 600; margin-bottom: 6px; }
.subtitle { margin-top: 6px; font-size: 16px; }
.verdict-box { flex: none; min-width: 210px; padding: 14px 18px; border-radius: 12px; border: 1px solid currentColor; font-size: 13.5px; }
.verdict-label { font-size: 12px; font-weight: 600; }
.verdict-word { font-size: 26px; line-height: 1.2; font-weight: 700; }
.verdict-box.good { color: var(--good); background: var(--good-soft); }
.verdict-box.bad { color: var(--bad); background: var(--bad-soft); }
.verdict-box.caution { color: var(--caution); background: var(--caution-soft); }
.verdict-box.neutral { color: var(--quiet); background: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin: 26px 0 14px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; }
.tile dt { font-size: 13px; font-weight: 600; color: var(--quiet); }
.figure-large { font-size: 28px; line-height: 1.3; font-weight: 700; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.note, .dates { font-size: 13px; }
.alert { background: var(--caution-soft); color: var(--caution); border-radius: 10px; padding: 10px 14px; margin: 14px 0 0; }
.alert ul { padding-left: 20px; }

nav { display: flex; flex-wrap: wrap; gap: 6px; margin: 20px 0; padding: 12px 0; border-block: 1px solid var(--line); }
nav a { padding: 3px 12px; border-radius: 999px; text-decoration: none; font-weight: 500; }
nav a:hover, nav a:focus-visible { background: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 24px 26px; margin: 0 0 20px; scroll-margin-top: 12px; }
.missing { border: 1px dashed var(--quiet); border-radius: 10px; padding: 12px 16px; color: var(--quiet); margin-bottom: 10px; }

.badge, .tag { display: inline-block; padding: 1px 9px; border-radius: 999px; font-size: 12.5px; font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); background: var(--good-soft); }
.badge.bad { color: var(--bad); background: var(--bad-soft); }
.badge.caution { color: var(--caution); background: var(--caution-soft); }
.badge.neutral, .tag { color: var(--quiet); background: var(--soft); }

.phases { list-style: none; padding: 0; }
.phase { padding: 14px 0; border-top: 1px solid var(--line); }
.phase:first-child { border-top: 0; padding-top: 2px; }
.phase-head { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; margin-bottom: 4px; }
.phase-head h3 { margin: 0; }
.phase-number { flex: none; width: 26px; height: 26px; border-radius: 50%; background: var(--soft); font-weight: 700; font-size: 13px; line-height: 26px; text-align: center; }
.elapsed { margin-left: auto; color: var(--quiet); font-size: 13.5px; font-variant-numeric: tabular-nums; }
.failures { padding-left: 20px; color: var(--bad); margin-top: 6px; }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--accent); font-weight: 500; width: fit-content; }

table { border-collapse: collapse; width: 100%; margin: 8px 0 12px; font-size: 13.5px; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { text-align: left; vertical-align: top; padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { font-size: 12.5px; color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; }
th.figure, td.figure { text-align: right; overflow-wrap: normal; }
td.figure .value { white-space: nowrap; }
tr.rejected { color: var(--quiet); }
tr.kept th { box-shadow: inset 3px 0 var(--good); }
tr.rejected th { box-shadow: inset 3px 0 var(--line); }
tr.kept th, tr.rejected th { padding-left: 10px; white-space: nowrap; }
tr.wrong { color: var(--bad); }
.subject { color: var(--quiet); font-size: 12px; }
.rejection { display: inline-block; min-width: 20ch; }
.digest { word-break: break-all; }

.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px; }
.chart { display: block; width: 100%; max-width: 540px; height: auto; margin-top: 6px; overflow: visible; }
.chart text { font-size: 12.5px; fill: var(--quiet); }
.chart .grid { stroke: var(--line); }
.chart .step { fill: none; stroke: var(--series); stroke-width: 2.5; stroke-linejoin: round; }
.chart .area { fill: var(--series); opacity: 0.1; }
.chart { --series: var(--prefill); }
.chart.phase-5 { --series: var(--decode); }
.chart .kept { fill: var(--series); stroke: var(--card); stroke-width: 1.5; }
.chart .rejected { fill: none; stroke: var(--bad); stroke-width: 2.2; stroke-linecap: round; }
.chart .rejected text { stroke: none; }
.chart .untimed { fill: var(--card); stroke: var(--bad); stroke-width: 1.8; }
.legend { color: var(--quiet); font-size: 13px; margin: 8px 0 14px; }
.key.rejected, .key.untimed { color: var(--bad); font-weight: 700; }
.key.kept, .key.line { color: var(--prefill); }

.legend > span { display: inline-block; margin-right: 14px; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 2px; vertical-align: -1px; }
.run { background: var(--run); } .transfer { background: var(--transfer); } .swatch.host, .bar .host { background: var(--host); }
.bar { display: flex; height: 12px; min-width: 90px; border-radius: 4px; overflow: hidden; background: var(--soft); margin-top: 4px; }
.bar > span { min-width: 1px; }
td.bar, th.bar { display: table-cell; background: none; width: 30%; height: auto; overflow: visible; }
.whole .bar { height: 18px; } .whole p { margin-top: 4px; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 40px; }

.section-name::first-letter { text-transform: uppercase; }
.plans { display: grid; grid-template-columns: 1fr 1fr; gap: 0 28px; margin-top: 6px; }
.plans.single { grid-template-columns: minmax(0, 620px); }
.steps, .launches { list-style: none; padding: 0; }
.step { border: 1px solid var(--line); border-left: 3px solid var(--run); border-radius: 6px; padding: 3px 10px; margin-bottom: 4px; font-size: 13.5px; }
.step.host { border-left-color: var(--host); background: var(--soft); }
.step.merged { padding-bottom: 8px; }
.step.gone.host code { text-decoration: line-through; }
.step.gone .tag { background: var(--caution-soft); color: var(--caution); }
.step.new .tag { background: var(--good-soft); color: var(--good); }
.step-kind { display: inline-block; width: 34px; font-size: 12px; color: var(--quiet); }
.launches { display: grid; grid-template-columns: repeat(auto-fill, minmax(190px, 1fr)); gap: 0 12px; margin: 4px 0 0 38px; }

.lessons { list-style: none; padding: 0; }
.lesson { padding: 12px 0; border-top: 1px solid var(--line); }
.lesson:first-child { border-top: 0; padding-top: 0; }
.lesson ul { padding-left: 20px; margin: 4px 0; }
.verdict-line { font-size: 17px; font-weight: 600; margin-bottom: 6px; }
footer { padding-bottom: 48px; color: var(--quiet); font-size: 14px; }
footer h2 { font-size: 16px; color: var(--ink); margin: 26px 0 8px; }
footer ul { padding-left: 20px; max-width: 110ch; }
footer strong { color: var(--ink); font-weight: 600; }

@media screen and (min-width: 861px) {
  td.text { min-width: 17ch; }
  table.narrow { max-width: 620px; }
}
@media screen and (max-width: 860px) {
  main, footer { padding-inline: 14px; }
  .headline { padding-top: 24px; }
  h1 { font-size: 28px; }
  .top { flex-direction: column; gap: 16px; }
  .verdict-box { width: 100%; }
  .tiles { grid-template-columns: 1fr 1fr; gap: 10px; }
  .tile { padding: 12px; } .figure-large { font-size: 24px; }
  section { padding: 18px 16px; }
  .charts, .pair, .plans { grid-template-columns: minmax(0, 1fr); }
  .plans > div + div { margin-top: 14px; }
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards tbody { display: block; }
  .cards tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4px 12px; padding: 10px 0; border-bottom: 1px solid var(--line); }
  .cards tr:last-child { border-bottom: 0; }
  .cards tbody th, .cards td { display: block; border: 0; padding: 0; grid-column: 1 / -1; }
  .cards tbody th { font-weight: 600; }
  .cards td::before { content: attr(data-label); display: block; color: var(--quiet); font-size: 12px; font-weight: 400; }
  .cards td.figure { grid-column: auto; text-align: left; }
  td.figure .value { white-space: normal; }
  .cards td[data-label=""]::before, .cards td.bar::before { display: none; }
  td.bar { width: 100%; }
  .cards tr.kept, .cards tr.rejected { box-shadow: inset 3px 0 var(--good); padding-left: 12px; }
  .cards tr.rejected { box-shadow: inset 3px 0 var(--line); }
  .cards tr.kept th, .cards tr.rejected th { box-shadow: none; padding-left: 0; }
  .cards tr.kept th::before, .cards tr.rejected th::before { content: attr(data-label) " "; }
  .cards tr.kept th br, .cards tr.rejected th br { display: none; }
  .launches { margin-left: 0; }
}
@media print {
  body { background: #fff; font-size: 9.5pt; }
  table { font-size: 8pt; }
  th, td { overflow-wrap: break-word; padding: 4px 8px 4px 0; }
  td code { overflow-wrap: anywhere; }
  td.text { min-width: 12ch; }
  td.figure .value { white-space: normal; }
  .rejection { min-width: 0; }
  main, footer { max-width: none; padding: 0; }
  nav { display: none; }
  section { border: 0; padding: 8px 0; border-top: 1px solid var(--line); border-radius: 0; }
  a, summary { color: inherit; }
  tr, .phase-head, .lesson, figure, .tile, .step { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  .bar > span, .swatch, .badge, .verdict-box, .step { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; display: block; height: auto; }
}
`;
