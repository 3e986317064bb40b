/** Style of the review's page; the charts (review-charts.ts) are drawn with its variables. */
export const REVIEW_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f7fa; --card: #ffffff; --ink: #1c2430; --muted: #5b6675; --line: #e1e6ed;
  --first: #2563eb; --second: #b86e00; --third: #0f8a5f; --mark: #fff4e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b212a; --ink: #e8edf4; --muted: #9aa6b5; --line: #313a47;
    --first: #6ea4ff; --second: #f0ab40; --third: #45c796; --mark: #33291a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1064px; margin: 0 auto; padding: 40px 24px 56px; }
header { margin-bottom: 24px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 6px 0 0; color: var(--muted); }
h2 { margin: 32px 0 12px; font-size: 19px; }
h3 { margin: 0 0 10px; font-size: 16px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px; }
.card p:last-child, .card ul:last-child { margin-bottom: 0; }
.card p { margin: 0 0 10px; }
.look { background: var(--mark); }
.look ul { margin: 0; padding-left: 20px; }
.look li { margin: 0 0 6px; }
.grid-2 { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; align-items: start; }
.tag { color: var(--muted); font-weight: 400; font-size: 13px; }
table { width: 100%; border-collapse: collapse; overflow-wrap: normal; }
th, td { padding: 6px 0 6px 10px; text-align: right; border-top: 1px solid var(--line); font-variant-numeric: tabular-nums; vertical-align: top; }
th:first-child { padding-left: 0; text-align: left; font-weight: 400; }
td { white-space: nowrap; }
td small { display: block; color: var(--muted); font-size: 12px; white-space: normal; }
td small span { white-space: nowrap; }
thead th { border-top: 0; padding-top: 0; color: var(--muted); font-size: 13px; font-weight: 400; }
td.now { font-weight: 600; }
td.now small { font-weight: 400; }
.mails td small { white-space: nowrap; }
.mails th small { display: block; color: var(--muted); font-size: 12px; }
.arms { margin: 0 0 12px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 8px; padding: 0; list-style: none; }
.legend i { display: inline-block; width: 10px; height: 10px; margin-right: 7px; border-radius: 3px; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
svg text { fill: var(--muted); }
svg text.name { fill: var(--ink); font-size: 13px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
.narrow { display: none; }
.scroll { overflow-x: auto; }
footer { margin-top: 28px; color: var(--muted); font-size: 13px; }
footer p { margin: 4px 0; }
@media (max-width: 720px) {
  main { padding: 24px 14px 40px; }
  h1 { font-size: 24px; }
  .card { padding: 16px; }
  table { font-size: 14px; }
  td small { font-size: 11px; }
  th, td { padding-left: 8px; }
  .grid-2 { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none; }
  .narrow { display: block; }
}
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444444; --line: #cccccc;
    --first: #2563eb; --second: #b86e00; --third: #0f8a5f; --mark: #ffffff;
  }
  body { font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  .card { break-inside: avoid; }
}
`;
