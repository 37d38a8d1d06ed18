/** The style sheet of the report page: system fonts, light and dark, readable on a phone and on paper. */
export const STYLE = `
:root { color-scheme: light dark;
  --page: #f5f6f8; --card: #fff; --ink: #16202c; --soft: #5a6878; --line: #dfe4ea; --track: #eef1f4;
  --source: #a78bce; --reference: #8fa0b3; --artifact: #1273c4; --warn: #d9822b;
  --good: #11734b; --good-soft: #e1f4ea; --bad: #b3261e; --bad-soft: #fbe9e7; --note-soft: #fff4dc; --note: #7a5200; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0f141a; --card: #18202a; --ink: #e7edf3; --soft: #9aa9b8; --line: #2b3642; --track: #222c37;
  --source: #a78bce; --reference: #6f8296; --artifact: #4aa3ef; --warn: #e59a4a;
  --good: #64d19b; --good-soft: #14342a; --bad: #ff8d80; --bad-soft: #3b1c1b; --note-soft: #35290f; --note: #f0c36a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 25px; line-height: 1.3; margin: 6px 0 0; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 12px; }
h3 { font-size: 13px; font-weight: 600; margin: 0 0 8px; color: var(--soft); }
h1.long { font-size: 19px; }
p { margin: 0 0 8px; } .soft { color: var(--soft); }
code, .mono { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
header { border-left: 6px solid var(--good); padding: 4px 0 4px 18px; margin-bottom: 24px; }
header.fail { border-color: var(--bad); }
.eyebrow { color: var(--soft); overflow-wrap: anywhere; }
.badge { display: inline-block; padding: 1px 10px; border-radius: 20px; font-weight: 600; font-size: 13px;
  background: var(--good-soft); color: var(--good); white-space: nowrap; }
.badge.fail { background: var(--bad-soft); color: var(--bad); }
.grid { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); margin-bottom: 16px; }
.grid.charts { grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 26px 40px; margin: 0; }
section, .tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 20px; }
section { margin-bottom: 16px; overflow-x: auto; }
.tile .big { font-size: 29px; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile .big.good { color: var(--good); } .tile .big.bad { color: var(--bad); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child > td { border-bottom: 0; }
th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.good { color: var(--good); } td.bad { color: var(--bad); } td.main { font-weight: 600; }
.note { background: var(--note-soft); color: var(--note); border-radius: 8px; padding: 9px 14px; margin-bottom: 8px; }
.note.bad { background: var(--bad-soft); color: var(--bad); }
.chart { width: 100%; height: auto; display: block; font-size: 12px; }
.chart text { fill: var(--ink); dominant-baseline: central; } .chart .label { text-anchor: end; fill: var(--soft); }
.bar.source { fill: var(--source); } .bar.reference { fill: var(--reference); }
.bar.artifact { fill: var(--artifact); } .bar.warn { fill: var(--warn); }
.whisker { stroke: var(--soft); stroke-width: 1.5; fill: none; }
.legend { display: flex; flex-wrap: wrap; gap: 18px; color: var(--soft); font-size: 13px; margin-bottom: 14px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; }
.legend .source { background: var(--source); } .legend .reference { background: var(--reference); }
.legend .artifact { background: var(--artifact); }
details { margin-top: 12px; } summary { cursor: pointer; color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
@media print { body { background: none; } section, .tile { break-inside: avoid; } }
`;
