/** One officer's view of one room, as the app shows it, beside the tree that counts. */
import type { MessageItem, RoomMember, RoomSummary, TimelineItem } from "@nimes/client/nimes-client";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import * as act from "../../scenarios/officers.ts";
import { type Phone, treeOf } from "../phones/phone.ts";

export type RoomView = {
  name: string;
  me: { userId: UserId; clientId: ClientId };
  room: RoomSummary;
  members: readonly RoomMember[];
  tree: readonly ClientId[];
  items: readonly TimelineItem[];
};

/** @returns an empty list for a phone that shows nothing. */
export async function viewsOf(phone: Phone): Promise<RoomView[]> {
  const { client } = phone.officer;
  const isReady = async (): Promise<boolean> => (await client.state()).state === "ready";
  if (!(await isReady())) return [];
  try {
    return await Promise.all((await client.rooms()).map((room) => viewOf(phone, room)));
  } catch (error) {
    // Locked meanwhile, and its encryption closed.
    if (!(await isReady())) return [];
    throw error;
  }
}

async function viewOf(phone: Phone, room: RoomSummary): Promise<RoomView> {
  const { officer, name } = phone;
  const { client, me } = officer;
  const tree = await treeOf(phone, room.roomId);
  const members = (await client.room(room.roomId))?.members ?? [];
  return { name, me, room, members, tree, items: await act.itemsOf(officer, room.roomId) };
}

export const messagesIn = ({ items }: Pick<RoomView, "items">): MessageItem[] =>
  items.filter((item) => item.kind === "message");

/** What a message says, where the simulation can tell it by that. */
export const wordOf = ({ body }: MessageItem): string =>
  body.kind === "text" ? body.text : body.kind === "picture" ? body.caption : "";
