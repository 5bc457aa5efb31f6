/** By the device that sends a Welcome: core-crypto does not show who made one, and roles are judged for that device. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes32, ClientIdText, Closed, GroupId, RoomIdText, SignedTime } from "../schema.ts";

export const WelcomeProof = Closed({
  roomId: RoomIdText,
  groupId: GroupId,
  /** SHA-256 of the Welcome. */
  welcome: Bytes32,
  /** SHA-256 of the commit's bytes, or of the payload of the Refounding, that the Welcome goes with. */
  commit: Bytes32,
  /** The roles in force when it was made: nobody who comes in is shown an older chain. */
  rolesVersion: Type.Integer({ minimum: 1, maximum: limits.maxRolesVersion }),
  rolesHash: Bytes32,
  /** Who leads the room and was left out of its group, as the author has it: whoever comes in has not seen it. */
  awaited: Type.Union([
    Closed({
      devices: Type.Array(ClientIdText, { minItems: 1, maxItems: limits.maxRoomDevices }),
      until: SignedTime,
    }),
    Type.Null(),
  ]),
  author: ClientIdText,
});
export type WelcomeProof = Type.Static<typeof WelcomeProof>;
