import { Html } from './html.ts';

/** The one style sheet; colours follow the reader's light or dark setting. */
export const STYLE = new Html(`
:root {
  color-scheme: light dark;
  --ground: light-dark(#f5f6f8, #101418);
  --card: light-dark(#ffffff, #191f26);
  --line: light-dark(#e1e5ea, #2b333d);
  --ink: light-dark(#18202a, #e6eaef);
  --soft: light-dark(#5b6775, #97a3b1);
  --accent: light-dark(#0b6e4f, #4cc79a);
  --chip: light-dark(#eaf4f0, #1f3a31);
  --good: light-dark(#0b6e4f, #4cc79a);
  --warn: light-dark(#9a6200, #e6b354);
  --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 14px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
header { background: var(--card); border-bottom: 1px solid var(--line); padding: 16px 28px 0; }
.brand { display: flex; align-items: baseline; gap: 12px; flex-wrap: wrap; }
h1 { font-size: 18px; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 15px; margin: 0 0 12px; }
.note { color: var(--soft); }
nav { display: flex; gap: 4px; margin-top: 12px; }
nav a { padding: 8px 14px; color: var(--soft); border-bottom: 2px solid transparent; font-weight: 500; }
nav a:hover { color: var(--ink); text-decoration: none; }
nav a.here { color: var(--ink); border-color: var(--accent); }
main { padding: 20px 28px 40px; max-width: 1480px; margin: 0 auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin-bottom: 20px; }
.tile, .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.tile { padding: 12px 16px; }
.tile b { display: block; font-size: 22px; line-height: 1.3; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.tile span { color: var(--soft); font-size: 12.5px; }
.card { padding: 16px 18px; margin-bottom: 16px; overflow-x: auto; }
.split { display: grid; grid-template-columns: 270px minmax(0, 1fr); gap: 16px; align-items: start; }
.split.even { grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); }
@media (max-width: 900px) { .split, .split.even { grid-template-columns: minmax(0, 1fr); } }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 12px; padding: 0 12px 8px 0; white-space: nowrap; }
td { padding: 8px 12px 8px 0; border-top: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
td.when, td.seq { color: var(--soft); white-space: nowrap; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { padding-left: 10px; }
tr.chosen td { background: var(--chip); }
.chip { display: inline-block; background: var(--chip); border-radius: 99px; padding: 0 9px; margin: 0 4px 4px 0; font-size: 12.5px; }
.attribute { display: inline-block; margin: 0 14px 2px 0; font-size: 12.5px; }
.attribute i { color: var(--soft); font-style: normal; font-size: 11.5px; margin-right: 5px; }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; }
form { display: flex; gap: 8px; margin-bottom: 14px; }
input { flex: 1; min-width: 120px; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 7px; padding: 7px 11px; }
button { font: inherit; font-weight: 500; color: light-dark(#fff, #0c1512); background: var(--accent); border: 0; border-radius: 7px; padding: 7px 16px; cursor: pointer; }
.pages { display: flex; gap: 16px; margin-top: 12px; color: var(--soft); }
iframe { width: 100%; height: 540px; border: 1px solid var(--line); border-radius: 7px; background: #fff; margin-top: 12px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.none { color: var(--soft); padding: 14px 0; }
`);
