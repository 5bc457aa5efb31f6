import { expect, test } from "vitest";
import { type Asked, goesToServer } from "./answer.ts";
import { refusedPage } from "./refused-page.ts";

const origin = "https://nimes.example.org";
const asked = (path: string, more: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url: origin + path,
  mode: "cors",
  destination: "",
  ...more,
});

test("only data of the routes goes to the server; documents, scripts and styles never do", () => {
  expect(goesToServer(asked("/v1/directory"), origin)).toBe(true);
  expect(goesToServer(asked("/v1/sign-in", { method: "POST" }), origin)).toBe(true);
  expect(goesToServer(asked("/v1/page", { mode: "navigate", destination: "document" }), origin)).toBe(false);
  for (const destination of ["script", "style", "worker", "image", "iframe"] as const)
    expect(goesToServer(asked("/v1/file", { destination }), origin)).toBe(false);
  for (const path of ["/", "/healthz", "/v1", "/v2/x", "/release.cbor", "/v1/../evil.js"])
    expect(goesToServer(asked(path), origin)).toBe(false);
  expect(goesToServer({ ...asked("/v1/x"), url: "https://other.example.org/v1/x" }, origin)).toBe(false);
});

test("a path cannot write into the page that names it", async () => {
  const html = await refusedPage({ reason: "not-listed", path: `/<img src=x onerror="a()">` }).text();
  expect(html).not.toContain("<img");
  expect(html).not.toContain("<script");
  expect(html).toContain("Hier keine PIN");
});
