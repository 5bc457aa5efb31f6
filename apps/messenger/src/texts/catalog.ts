/** The catalog of a language: the app's own texts, and the sentences of the protocol's errors beside them. */
import type { Messages } from "@lingui/core";
import type { ErrorCode, Sentences } from "@nimes/protocol/errors";

/** Ids of the app's own texts are hashes, and have no dot. */
const prefix = "error.";

export const sentenceId = (code: ErrorCode): string => `${prefix}${code}`;

/** A sentence is put in as a compiled message, so that no brace in it is ever read as a placeholder. */
export const withSentences = (messages: Messages, sentences: Sentences): Messages => ({
  ...messages,
  ...Object.fromEntries(
    Object.entries(sentences).map(([code, sentence]) => [`${prefix}${code}`, [sentence]]),
  ),
});
