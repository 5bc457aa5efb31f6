import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Closed } from "../schema.ts";

/**
 * A device that lost its place in the group and came back asks for the messages that stand at these places of the log and
 * were sealed while it was out; never shown. Whoever wrote them seals them again under the same message ids.
 */
export const AskAgainBody = Closed({
  kind: Type.Literal("ask-again"),
  sequences: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: limits.maxAskedAgain }),
});
export type AskAgainBody = Type.Static<typeof AskAgainBody>;
