/** Nothing is left waiting, hanging or closed for good once the server is honest again. */
import type { Phone } from "../phones/phone.ts";
import { messagesIn, type RoomView, viewsOf } from "./room-view.ts";

/** What is not yet as it must be; may still become so. */
export async function unsettled(phone: Phone): Promise<string[]> {
  const { name, officer } = phone;
  const state = await officer.client.state();
  if (state.state !== "ready") return [`${name} is ${state.state}`];
  const views = await viewsOf(phone);
  return [
    ...(state.connection.state === "online" ? [] : [`${name}'s connection stays ${state.connection.state}`]),
    ...views.flatMap(waitsFor),
    ...[...phone.open].map((what) => `${name}'s ${what} does not come back`),
  ];
}

/** Where nobody else is left, a message may wait for somebody to come. */
function waitsFor({ name, room, tree, ...view }: RoomView): string[] {
  if (tree.length < 2) return [];
  return messagesIn(view).flatMap(({ delivery }) =>
    delivery?.state === "waiting" || delivery?.state === "uploading"
      ? [`a message of ${name} in a ${room.kind} room is ${delivery.state} for good`]
      : [],
  );
}
