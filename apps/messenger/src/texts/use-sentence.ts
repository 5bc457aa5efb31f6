import type { ErrorCode } from "@nimes/protocol/errors";
import { sentenceOf } from "@nimes/protocol/errors";
import { useSettings } from "../model/context.tsx";

/** The sentence of an error in the language of the app. */
export function useSentence(): (code: ErrorCode) => string {
  const { language } = useSettings();
  return (code) => sentenceOf(code, language);
}
