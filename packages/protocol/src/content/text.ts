import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Closed } from "../schema.ts";

export const TextBody = Closed({
  kind: Type.Literal("text"),
  text: Type.String({ minLength: 1, maxLength: limits.maxTextBytes }),
});
export type TextBody = Type.Static<typeof TextBody>;
