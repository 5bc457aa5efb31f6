import { expect, test } from "vitest";
import { parseSettings } from "./settings.ts";

test("the language is German unless the browser prefers English", () => {
  expect(parseSettings(null, ["fr-FR"]).language).toBe("de");
  expect(parseSettings(null, ["fr-FR", "en-GB", "de"]).language).toBe("en");
  expect(parseSettings('{"language":"de"}', ["en"]).language).toBe("de");
});

test("what is damaged or unknown falls back to its default", () => {
  const defaults = { language: "de", theme: "system", textSize: "normal" };
  expect(parseSettings("{", [])).toEqual(defaults);
  expect(parseSettings("null", [])).toEqual(defaults);
  expect(parseSettings('{"theme":"<b>","textSize":7,"__proto__":{"language":"en"}}', [])).toEqual(defaults);
});
