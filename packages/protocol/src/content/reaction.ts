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

const element = String.raw`\p{Extended_Pictographic}\u{fe0f}?\p{Emoji_Modifier}?\u{fe0f}?`;
const emoji = new RegExp(
  [
    // Joined ones, like families; none has more parts than five.
    String.raw`^${element}(?:\u{200d}${element}){0,4}$`,
    String.raw`^\p{Regional_Indicator}{2}$`,
    String.raw`^[0-9#*]\u{fe0f}?\u{20e3}$`,
    // Flags of parts of countries: hidden letters behind a black flag, and behind nothing else.
    String.raw`^\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f}$`,
  ].join("|"),
  "u",
);

/**
 * Whether a text is one emoji and nothing else (UTS #51). By properties that Unicode has reserved, too, so that an app which
 * is older than an emoji takes it all the same.
 */
export const isSingleEmoji = (text: string): boolean => emoji.test(text);
