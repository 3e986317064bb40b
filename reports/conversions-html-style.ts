/** Style of the conversions page. The colour variables are those that PAGE_THEME draws the chart with. */
export const CONVERSIONS_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f7fa; --card: #ffffff; --ink: #1c2430; --muted: #5b6675; --line: #e1e6ed;
  --language: #2563eb; --non-language: #d98500;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b212a; --ink: #e8edf4; --muted: #9aa6b5; --line: #313a47;
    --language: #6ea4ff; --non-language: #f0ab40;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 1064px; margin: 0 auto; padding: 40px 24px 56px; }
header { margin-bottom: 24px; }
h1 { margin: 0; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
header p { margin: 6px 0 0; color: var(--muted); }
h2 { margin: 0 0 14px; font-size: 17px; }
section, details, .headline > div {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 24px;
}
section, details { margin-top: 16px; }
.headline { display: grid; grid-template-columns: repeat(3, 1fr); gap: 16px; margin: 0; }
.headline dt { color: var(--muted); }
.headline dd { margin: 2px 0 0; font-size: 32px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; }
.headline dd, td { font-variant-numeric: tabular-nums; white-space: nowrap; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 9px 0 9px 20px; text-align: right; border-top: 1px solid var(--line); }
th:first-child { padding-left: 0; text-align: left; }
th.text, td.text { text-align: left; }
thead th { border-top: 0; padding-top: 0; color: var(--muted); font-size: 13px; font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 500; white-space: nowrap; }
tfoot th, tfoot td { font-weight: 650; border-top: 2px solid var(--line); padding-bottom: 0; }
.key { display: inline-block; width: 10px; height: 10px; margin-right: 9px; border-radius: 3px; }
.key.language { background: var(--language); }
.key.non_language { background: var(--non-language); }
.trend svg { display: block; width: 100%; height: auto; }
.trend .narrow { display: none; }
.scroll { overflow-x: auto; }
summary { cursor: pointer; font-weight: 600; }
details[open] summary { margin-bottom: 16px; }
footer { margin-top: 24px; color: var(--muted); font-size: 13px; }
footer p { margin: 4px 0; }
@media (max-width: 640px) {
  main { padding: 24px 14px 40px; }
  h1 { font-size: 24px; }
  section, details { padding: 14px; }
  .headline { gap: 8px; }
  .headline > div { padding: 12px 14px; }
  .headline dt { font-size: 13px; }
  .headline dd { font-size: 22px; }
  table { font-size: 14px; }
  th, td { padding-left: 8px; }
  thead th { font-size: 12px; }
  .trend .wide { display: none; }
  .trend .narrow { display: block; }
}
@media print {
  :root {
    --page: #ffffff; --card: #ffffff; --ink: #000000; --muted: #444444; --line: #cccccc;
    --language: #2563eb; --non-language: #d98500;
  }
  body { font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section, .headline > div { break-inside: avoid; }
  details:not([open]) { display: none; }
  .trend .wide { display: block; }
  .trend .narrow { display: none; }
}
`;
