import type { AskAgainBody } from "@nimes/protocol/content/ask-again";
import { limits } from "@nimes/protocol/limits";
import type { UnseenKind } from "./kind.ts";

export const askAgain: UnseenKind<AskAgainBody> = {
  stands: "nowhere",
  apply: ({ sequences }) => [{ effect: "ask", sequences }],
  again({ asked }, sequence) {
    const open = asked?.places.map((place) => place.sequence).slice(-limits.maxAskedAgain) ?? [];
    // Nothing is missing any more: nobody else has written where it stands, so nobody answers.
    return { kind: "ask-again", sequences: open.length > 0 ? open : [sequence] };
  },
};
