/** A reaction: one emoji of one person on one message; the next one takes its place, and none takes it back. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Closed, MessageIdText } from "../schema.ts";

export const ReactionBody = Closed({
  kind: Type.Literal("reaction"),
  /** An earlier message of the same room. */
  to: MessageIdText,
  /** Missing: taken back. */
  emoji: Type.Optional(Type.String({ minLength: 1, maxLength: limits.maxEmojiLength })),
});
export type ReactionBody = Type.Static<typeof ReactionBody>;

const parts = /^[\p{Extended_Pictographic}\p{Emoji_Component}]+$/u;
const picture = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u{20e3}/u;

/**
 * Whether a text is one emoji and nothing else. By properties that Unicode has reserved, too, so that an app which is older
 * than an emoji takes it all the same.
 */
export function isSingleEmoji(text: string): boolean {
  if (!parts.test(text) || !picture.test(text)) return false;
  return [...new Intl.Segmenter().segment(text)].length === 1;
}
