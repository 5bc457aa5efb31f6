import { expect, test } from "vitest";
import { securityHeaders } from "./security-headers.ts";

test("the page loads nothing but itself, runs no text as code, and the one exception lets WebAssembly compile", () => {
  const directives = new Map(
    (securityHeaders["content-security-policy"] ?? "").split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources];
    }),
  );
  expect(directives.get("default-src")).toEqual(["'none'"]);
  expect(directives.get("script-src")).toEqual(["'self'", "'wasm-unsafe-eval'"]);
  expect(directives.get("require-trusted-types-for")).toEqual(["'script'"]);
  expect(directives.get("trusted-types")).toEqual(["nimes"]);
  for (const name of ["frame-ancestors", "base-uri", "form-action"])
    expect(directives.get(name)).toEqual(["'none'"]);
  const sources = new Set([...directives.values()].flat());
  for (const source of sources)
    expect(["'self'", "'none'", "'wasm-unsafe-eval'", "'script'", "nimes", "blob:"]).toContain(source);
  expect([...directives].filter(([, list]) => list.includes("blob:")).map(([name]) => name)).toEqual([
    "img-src",
  ]);
});

test("the page stands alone, names no address to others and uses only camera and passkeys", () => {
  expect(securityHeaders).toMatchObject({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  const features = (securityHeaders["permissions-policy"] ?? "").split(", ");
  expect(features.filter((feature) => !feature.endsWith("=()")).sort()).toEqual([
    "camera=(self)",
    "publickey-credentials-create=(self)",
    "publickey-credentials-get=(self)",
  ]);
  for (const feature of ["geolocation", "microphone", "display-capture", "clipboard-write", "web-share"])
    expect(features).toContain(`${feature}=()`);
});
