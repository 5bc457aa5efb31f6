/**
 * An activation letter as a page to print: A4, address in the window of an envelope DIN lang (DIN 5008, form B), nothing
 * loaded from anywhere. Always in German, as the letters of the organisation are.
 */
import { formatLetterCode, letterQrText } from "@nimes/protocol/letter-code";
import { renderSVG } from "uqr";
import { dateIn } from "../texts/texts.ts";
import type { Letter } from "./letter-text.ts";

/** The page as HTML; every text in it is escaped. The link is never on paper: nobody types it, and cameras open it. */
export function letterPage(letter: Letter): string {
  const { address, contents } = letter;
  const until = dateIn("de", letter.activateUntil);
  return `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>Aktivierungsbrief</title>
<style>${style}</style>
</head>
<body>
<p class="sender">${escapeHtml(letter.organisation)} · Registrierungsstelle</p>
<p class="address"><strong>Persönlich</strong><br>${escapeHtml(letter.displayName)}<br>${escapeHtml(letter.unitName)}</p>
<main>
<h1>Ihr Zugang zu NIMes, dem Messenger der Polizei</h1>
<p>Mit diesem Brief richten Sie NIMes auf <strong>einem</strong> Telefon oder Rechner ein. Er gilt bis zum <strong>${escapeHtml(until)}</strong> und nur einmal.</p>
<div class="steps">
<ol>
<li>Öffnen Sie im Browser die Adresse<br><code>${escapeHtml(address)}</code></li>
<li>Tippen Sie auf „Brief scannen“ und halten Sie das Quadrat vor die Kamera. Nicht mit der Kamera-App des Telefons: Den Code liest nur NIMes.</li>
<li>Prüfen Sie, ob dort Ihr Name steht, und folgen Sie der App.</li>
<li>Vernichten Sie diesen Brief. Er wird nicht mehr gebraucht.</li>
</ol>
<div class="code">${renderSVG(letterQrText(contents), { border: 2, ecc: "M" })}</div>
</div>
<h2>Ohne Kamera</h2>
<p>Geben Sie dort diesen Code ein. Abstände und Groß- oder Kleinschreibung sind gleichgültig; ist eine Gruppe falsch, sagt NIMes, welche.</p>
<ol class="groups">${formatLetterCode(contents)
    .map((group) => `<li>${group}</li>`)
    .join("\n")}</ol>
<h2>Wichtig</h2>
<ul>
<li>Wer diesen Brief hat, kann an Ihrer Stelle ein Gerät einrichten. Geben Sie ihn nicht weiter und fotografieren Sie ihn nicht.</li>
<li>Meldet NIMes, dass der Brief schon benutzt wurde, und das waren nicht Sie: Rufen Sie sofort Ihre Registrierungsstelle an.</li>
<li>Ist der Brief verloren oder abgelaufen, macht die Registrierungsstelle einen neuen.</li>
</ul>
</main>
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const style = `
@page { size: A4; margin: 0; }
* { box-sizing: border-box; }
body { margin: 0 auto; width: 210mm; min-height: 296mm; position: relative; padding: 0 20mm 15mm 25mm; background: #fff; color: #000; font: 11pt/1.45 "Source Sans 3", "Segoe UI", Arial, sans-serif; }
.sender { position: absolute; top: 45mm; left: 25mm; width: 80mm; margin: 0; font-size: 7.5pt; border-bottom: 0.2mm solid #000; }
.address { position: absolute; top: 54mm; left: 25mm; width: 80mm; margin: 0; }
main { padding-top: 98mm; }
h1 { font-size: 14pt; margin: 0 0 3mm; }
h2 { font-size: 11pt; margin: 5mm 0 1mm; }
p { margin: 0 0 2mm; }
ol, ul { margin: 0; padding-left: 6mm; }
li { margin-bottom: 1.5mm; }
.steps { display: flex; gap: 8mm; align-items: flex-start; }
.steps ol { flex: 1; }
.code { width: 52mm; flex: none; }
.code svg { display: block; width: 100%; height: auto; }
code, .groups { font-family: "DejaVu Sans Mono", "Cascadia Mono", Consolas, monospace; font-size: 10pt; overflow-wrap: anywhere; }
.groups { display: grid; grid-template-columns: repeat(5, 1fr); gap: 1.5mm 2mm; padding: 0; list-style: none; counter-reset: group; font-size: 12.5pt; }
.groups li { margin: 0; counter-increment: group; white-space: nowrap; }
.groups li::before { content: counter(group); display: inline-block; width: 5mm; padding-right: 1.5mm; text-align: right; font: 7.5pt "Source Sans 3", "Segoe UI", Arial, sans-serif; }
`;
