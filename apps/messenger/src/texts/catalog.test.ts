import { setupI18n } from "@lingui/core";
import { errorTable, isErrorCode, type Sentences } from "@nimes/protocol/errors";
import { sentenceOf } from "@nimes/protocol/sentences";
import { germanSentences } from "@nimes/protocol/sentences-de";
import { expect, test } from "vitest";
import { sentenceId, withSentences } from "./catalog.ts";

const ownId = "aBc1";
const i18nWith = (sentences: Sentences) =>
  setupI18n({ locale: "de", messages: { de: withSentences({ [ownId]: ["Ein Text"] }, sentences) } });

test("every error is read in the language of the app, and the app's own texts stay", () => {
  const i18n = i18nWith(germanSentences);
  for (const code of Object.keys(errorTable).filter(isErrorCode))
    expect(i18n._(sentenceId(code))).toBe(sentenceOf(code, "de"));
  expect(i18n._(ownId)).toBe("Ein Text");
});

test("a sentence is shown as it stands, whatever signs it has", () => {
  const i18n = i18nWith({ ...germanSentences, forbidden: "Nicht {0} und nicht '#'." });
  expect(i18n._(sentenceId("forbidden"))).toBe("Nicht {0} und nicht '#'.");
});
