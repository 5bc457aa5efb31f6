import type { AskAgainBody } from "@nimes/protocol/content/ask-again";
import type { UnseenKind } from "./kind.ts";

export const askAgain: UnseenKind<AskAgainBody> = {
  stands: "nowhere",
  apply: ({ sequences }) => [{ effect: "ask", sequences }],
};
