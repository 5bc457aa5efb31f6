import type { RoomProfileBody } from "@nimes/protocol/content/room-profile";
import { userOf } from "@nimes/protocol/ids";
import { isBlank } from "@nimes/protocol/names";
import { may } from "@nimes/protocol/roles/may";
import { sightOf } from "../core/room-record.ts";
import type { UnseenKind } from "./kind.ts";

/** Only who may change it names the room; the first name, and the same again, are no news. */
export const roomProfile: UnseenKind<RoomProfileBody> = {
  stands: "room",
  again: ({ name }) => ({ kind: "room-profile", name }),
  apply({ name }, { room, isEnded, sender }) {
    const by = userOf(sender);
    // A room is called after its people as long as nothing is to be seen of its name.
    if (isBlank(name)) return [];
    if (!may(sightOf(room, isEnded), by, "change-profile")) return [];
    const isNews = room.name !== "" && room.name !== name;
    return [{ effect: "room", change: { name }, ...(isNews && { notice: { type: "renamed", by, name } }) }];
  },
};
