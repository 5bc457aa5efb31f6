import { expect, test } from "vitest";
import type { ErrorCode } from "./errors.ts";
import { errorTable, isErrorCode, retryHelps, statusOf } from "./errors.ts";
import { routes } from "./routes/routes.ts";
import { sentenceOf } from "./sentences.ts";

const codes = Object.keys(errorTable).filter(isErrorCode);

test.for(codes)("%s has a status and a whole sentence in both languages", (code) => {
  expect(statusOf(code) === 0 || (statusOf(code) >= 400 && statusOf(code) < 600)).toBe(true);
  expect(typeof retryHelps(code)).toBe("boolean");
  for (const language of ["de", "en"] as const)
    expect(sentenceOf(code, language)).toMatch(/^[A-ZÄÖÜ].{8,}\.$/);
  expect(sentenceOf(code, "de")).not.toBe(sentenceOf(code, "en"));
});

test("no two errors read the same: people must be able to tell them apart", () => {
  for (const language of ["de", "en"] as const)
    expect(new Set(codes.map((code) => sentenceOf(code, language))).size).toBe(codes.length);
});

test("what is inherited from Object is no error code", () => {
  for (const word of ["constructor", "__proto__", "toString", "", 5, undefined])
    expect(isErrorCode(word)).toBe(false);
});

test("a route only declares errors that can travel over HTTP", () => {
  for (const { errors } of Object.values(routes))
    for (const code of errors as readonly ErrorCode[]) expect(statusOf(code)).toBeGreaterThanOrEqual(400);
});
