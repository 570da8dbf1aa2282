/**
 * The frame of an exported page: self-contained, no scripts, no requests. The Content-Security-Policy allows nothing but this one
 * style sheet, by its hash, so that text that slipped through escaping could still do nothing. Light and dark follow the system;
 * printing is always light. Cost: one hash when the module is loaded.
 */
import { createHash } from 'node:crypto'
import { htmlText } from './escape.ts'

const light = `--bg:#f7f7f5;--panel:#fff;--ink:#1b1f27;--muted:#5c6677;--line:#d9dde4;--grid:#eceef2;--chip:#eef0f4;--ok:#009e73;--ok-text:#00694c;--bad:#d55e00;--bad-text:#a84300;--warn:#e69f00;--warn-text:#7d5600;--accent:#3538cd;--on-accent:#fff;--path-1:#0072b2;--path-2:#cc79a7;--path-3:#c08400;--path-4:#2e93cf;--path-5:#009e73;--path-6:#6e5200`
const dark = `--bg:#0f1115;--panel:#16191f;--ink:#e4e7ec;--muted:#9aa4b5;--line:#2b303a;--grid:#20242c;--chip:#232833;--ok:#2bb892;--ok-text:#4fd0ad;--bad:#f0853f;--bad-text:#ff9f61;--warn:#f0b429;--warn-text:#f5c451;--accent:#8e9bff;--on-accent:#0f1115;--path-1:#4aa3df;--path-2:#dc8fb9;--path-3:#f0b429;--path-4:#8fd0f5;--path-5:#2bb892;--path-6:#c9a13b`

const style = `:root{color-scheme:light dark;${light}}
@media screen and (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
body{margin:0;font:14px/1.5 Inter,"Segoe UI",system-ui,-apple-system,"Helvetica Neue","DejaVu Sans",sans-serif;background:var(--bg);color:var(--ink)}
main{max-width:1280px;margin:0 auto;padding:28px 24px 48px}
h1{font-size:22px;line-height:1.3;margin:0 0 4px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:16px;margin:30px 0 10px;font-weight:650;overflow-wrap:anywhere}
h3{font-size:14px;margin:0 0 4px;font-weight:650;overflow-wrap:anywhere}
section>h3{margin:22px 0 8px}
p{margin:0 0 8px;overflow-wrap:anywhere}
a{color:var(--accent)}
.sub,.muted{color:var(--muted)}
.small{font-size:12px}
.picture{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:6px 10px;margin:16px 0 0;overflow-x:auto}
.picture svg{display:block;width:100%;min-width:820px;height:auto}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(460px,100%),1fr));gap:14px}
.card{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:14px 16px;min-width:0}
.pill{display:inline-block;background:var(--accent);color:var(--on-accent);border-radius:99px;padding:1px 10px;font-size:12px;font-weight:600;margin-right:8px}
.chip{display:inline-block;background:var(--chip);border-radius:5px;padding:0 7px;font-size:12px;color:var(--muted);margin:0 4px 4px 0}
.bad{color:var(--bad-text)}p.bad{margin:12px 0 0}.ok{color:var(--ok-text)}.warn{color:var(--warn-text)}
.scroll{overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:10px}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th{text-align:left;color:var(--muted);font-weight:500;padding:7px 12px;white-space:nowrap}
td{padding:6px 12px;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;white-space:nowrap}
td.t{white-space:nowrap}
.card table td,.card table th{padding:4px 8px 4px 0}
.mono{font-family:ui-monospace,"JetBrains Mono","SF Mono","Cascadia Mono","DejaVu Sans Mono",monospace;font-size:.92em}
.bar{display:block;width:100%;height:8px}
.key{width:9px;height:9px;margin-right:5px}.split{display:block;width:100%;height:20px;margin:6px 0 4px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:8px 0 0}dt{color:var(--muted)}dd{margin:0;font-variant-numeric:tabular-nums}
.cause{margin:8px 0}.cause b{font-variant-numeric:tabular-nums}.row{display:grid;grid-template-columns:84px 1fr 34px;gap:10px;align-items:center}
footer{margin-top:36px;padding-top:12px;border-top:1px solid var(--line);color:var(--muted);font-size:12px}
@media print{body{background:#fff;font-size:11px}main{max-width:none;padding:0}.card,.scroll,.picture{break-inside:avoid}.scroll.long{break-inside:auto}.picture svg{min-width:0}}`

const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** A whole page; `body` is markup that is safe already, `title` is plain text. */
export function page(title: string, body: string, generator: { name: string; version: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${htmlText(`${generator.name} ${generator.version}`)}">
<title>${htmlText(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
<footer>Made by ${htmlText(`${generator.name} ${generator.version}`)}. Times are relative to the capture's first packet unless they name a date; frames are numbered from 1 in file order.</footer>
</main>
</body>
</html>
`
}
