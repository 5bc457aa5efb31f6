import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Closed } from "../schema.ts";

/** Name of the room; only members ever see it. */
export const RoomProfileBody = Closed({
  kind: Type.Literal("room-profile"),
  name: Type.String({ minLength: 1, maxLength: limits.maxRoomNameLength }),
});
export type RoomProfileBody = Type.Static<typeof RoomProfileBody>;
