import { isSingleEmoji, type ReactionBody } from "@nimes/protocol/content/reaction";
import { userOf } from "@nimes/protocol/ids";
import type { MarkKind } from "./kind.ts";

/** One emoji under a message, and who has chosen it. */
export type ShownReaction = { emoji: string; people: string[]; own: boolean };

export const reaction: MarkKind<ReactionBody, string, ShownReaction[]> = {
  stands: "on-target",
  target: ({ to }) => to,
  apply: ({ to, emoji }, { sender }) =>
    emoji === undefined || isSingleEmoji(emoji) ? [{ effect: "mark", target: to, by: userOf(sender) }] : [],
  mark: ({ emoji }) => emoji,
  body: (to, emoji) => ({ kind: "reaction", to, ...(emoji !== undefined && { emoji }) }),
  show: (marks, { self, nameOf }) =>
    [...Map.groupBy(marks, ([, emoji]) => emoji)].map(([emoji, of]) => ({
      emoji,
      people: of.map(([userId]) => nameOf(userId)),
      own: of.some(([userId]) => userId === self),
    })),
};
