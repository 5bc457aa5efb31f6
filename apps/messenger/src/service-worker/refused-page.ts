/** The page in place of an app that is not what was signed: no script, nothing of the server's. */
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { Refusal } from "./refusal.ts";
import { detailOf, type Words, wordsFor } from "./refusal-words.ts";

/** Answered by the service worker itself; the content security policy allows no style inside the page. */
export const refusedStylePath = "/refused.css";

const style = `
:root { color-scheme: light dark; background: light-dark(#f3f5f8, #0b131b); color: light-dark(#10202f, #e8eef4); }
body { max-width: 34rem; margin: 12vh auto; padding: 0 20px; font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.35rem; font-weight: 650; line-height: 1.3; }
h1 + p { padding: 12px 16px; border-radius: 14px; background: light-dark(#fde8e9, #3a1216); color: light-dark(#b3121d, #ff8088); font-weight: 600; }
[lang="en"] { margin-top: 48px; padding-top: 16px; border-top: 1px solid light-dark(#d5dce5, #263646); }
code { overflow-wrap: anywhere; color: light-dark(#51606f, #9aabbc); }
a { display: inline-block; min-height: 44px; line-height: 44px; color: light-dark(#0b4a8f, #7db4f5); }
`;

export const refusedStyle = (): Response =>
  new Response(style, { headers: { ...securityHeaders, "content-type": "text/css; charset=utf-8" } });

export function refusedPage(refusal: Refusal): Response {
  const words = wordsFor(refusal);
  const detail = escaped(detailOf(refusal));
  const html = `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.de.title}</title>
<link rel="stylesheet" href="${refusedStylePath}">
</head>
<body>
<main>
${part(words.de)}
<p><code>${detail}</code></p>
<p><a href="/">Noch einmal versuchen</a></p>
<section lang="en">
${part(words.en)}
<p><code>${detail}</code></p>
<p><a href="/">Try again</a></p>
</section>
</main>
</body>
</html>`;
  return new Response(html, {
    status: 503,
    headers: { ...securityHeaders, "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

/** What is to be done stands first: it is what must not be missed. */
const part = ({ title, happened, advice }: Words): string =>
  `<h1>${title}</h1>\n<p>${advice}</p>\n<p>${happened}</p>`;

/** A path stands in a manifest that nobody may have signed. */
const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
