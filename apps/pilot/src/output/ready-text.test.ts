import { expect, test } from "vitest";
import type { Invited } from "../organisation/people.ts";
import { pilotTexts } from "../texts.ts";
import type { Ready } from "./ready-text.ts";
import { readyJson, readyText } from "./ready-text.ts";

const invited = (host: string): Invited => ({
  name: `PK ${host}`,
  unit: "PI Celle",
  origin: `http://${host}.localhost:8080`,
  link: `http://${host}.localhost:8080/#a2.secret-of-${host}`,
  activateUntil: Date.UTC(2026, 11, 9),
});
const ready = (unused: string[], joined: string[]): Ready => ({
  url: "http://localhost:8080",
  people: { unused: unused.map(invited), joined: joined.map(invited) },
  officers: ["POK Markus Feldmann"],
});
const screen = { columns: 100, coloured: false, language: "de" as const };
const textOf = (shown: Ready, columns = 100) => readyText(pilotTexts("de"), shown, { ...screen, columns });

test("the line for programs is one line, with unused links only", () => {
  const line = readyJson(ready(["anna", "ben"], ["clara"]));
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    url: "http://localhost:8080",
    activations: ["anna", "ben"].map((host) => {
      const { name, unit, link } = invited(host);
      return { name, unit, url: link };
    }),
  });
});

test("people see every unused link, and no used one as a link", () => {
  const text = textOf(ready(["anna", "ben"], ["clara"]));
  expect(text).toContain("http://anna.localhost:8080/#a2.secret-of-anna");
  expect(text).toContain("http://ben.localhost:8080/#a2.secret-of-ben");
  expect(text).toContain("http://clara.localhost:8080/");
  expect(text).not.toContain("secret-of-clara");
  expect(text).toContain("9. Dezember 2026");
});

test("browsers without such names and phones get a sentence each", () => {
  const text = textOf(ready(["anna"], []));
  expect(text).toMatch(/localhost ersetzen .* Browserprofil/);
  expect(text).toMatch(/Telefon .* TLS/);
});

test("codes stand side by side where the terminal is wide enough, and are never wider than it", () => {
  const heightAt = (columns: number) =>
    textOf(ready(["anna", "ben", "clara"], []), columns).split("\n").length;
  expect(heightAt(200)).toBeLessThan(heightAt(40));
  for (const columns of [80, 200]) {
    const codes = textOf(ready(["anna", "ben", "clara"], []), columns)
      .split("\n")
      .filter((line) => line.includes("█"));
    expect(Math.max(...codes.map((line) => line.length))).toBeLessThanOrEqual(columns);
  }
});

test("when everybody has joined, it is said", () => {
  expect(textOf(ready([], ["anna"]))).toContain("Alle Links sind benutzt.");
});
