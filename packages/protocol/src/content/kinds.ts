/** The shape of each kind of content, by the name under which it travels and by which alone it is recognised. */
import type * as Type from "typebox";
import { AskAgainBody } from "./ask-again.ts";
import { PictureBody } from "./picture.ts";
import { ReactionBody } from "./reaction.ts";
import { RoomProfileBody } from "./room-profile.ts";
import { TextBody } from "./text.ts";

/** Each under its own name: the compiler refuses another. */
type Named<Shapes> = {
  [Kind in keyof Shapes]: Shapes[Kind] extends Type.TSchema
    ? Type.Static<Shapes[Kind]> extends { kind: Kind }
      ? Shapes[Kind]
      : never
    : never;
};
const named = <Shapes>(shapes: Shapes & Named<Shapes>): Shapes => shapes;

export const shapes = named({
  text: TextBody,
  picture: PictureBody,
  reaction: ReactionBody,
  "room-profile": RoomProfileBody,
  "ask-again": AskAgainBody,
});

export type KindName = keyof typeof shapes;
export type BodyOf<Kind extends KindName> = Type.Static<(typeof shapes)[Kind]>;
/** Of a kind that this app knows. */
export type Body = { [Kind in KindName]: BodyOf<Kind> }[KindName];
