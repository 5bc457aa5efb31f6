import { useLingui } from "@lingui/react";
import type { ErrorCode } from "@nimes/protocol/errors";
import { sentenceId } from "./catalog.ts";

/** The sentence of an error in the language of the app. */
export function useSentence(): (code: ErrorCode) => string {
  const { i18n } = useLingui();
  return (code) => i18n._(sentenceId(code));
}
