/** Looks at every open phone after every step. */

import { stateOf } from "./come-back.ts";
import {
  inTwoRooms,
  misplaced,
  readsWhatWasNotMeant,
  shownIsNotTree,
  vanished,
} from "./laws/at-every-step.ts";
import { sendsTooMuch } from "./laws/bounds.ts";
import { type RoomView, viewsOf } from "./laws/room-view.ts";
import { callOf, type Phone } from "./phones/phone.ts";
import type { World } from "./world.ts";

/**
 * App and tree are asked one after the other, and may change in between: only what stays is a fault, for some seconds, since
 * on a busy machine a single change takes that long.
 */
const looks = 8;
const firstPauseMs = 40;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** States that no server and no crash leads to. */
const impossible = ["failed", "old-format", "other-tab"];

export async function checkEveryStep(world: World): Promise<void> {
  await Promise.all(world.fleet.phones.map((phone) => checkPhone(phone, world)));
}

async function checkPhone(phone: Phone, { ledger }: World): Promise<void> {
  for (const fault of sendsTooMuch(phone, Date.now())) ledger.faults.add(fault);
  const state = await stateOf(phone);
  if (state && impossible.includes(state)) ledger.faults.add(`${phone.name} is ${await inWords(phone)}`);
  if (state !== "ready") return;
  const clientId = phone.officer.me.clientId;
  const lasting = (views: readonly RoomView[]): string[] => [
    ...views.flatMap(shownIsNotTree),
    ...inTwoRooms(views),
    ...vanished(views, ledger, clientId).map(() => `a message of ${phone.name} is not shown any more`),
  ];
  let last: Set<string> | undefined;
  for (let look = 0; look < looks; look += 1) {
    const views = await callOf(phone, "look", viewsOf(phone));
    // Locked, or dead: what it shows is nothing.
    if (!views || (await stateOf(phone)) !== "ready") return;
    for (const fault of [
      ...views.flatMap((view) => misplaced(view, ledger)),
      ...views.flatMap((view) => readsWhatWasNotMeant(view, ledger)),
    ]) {
      ledger.faults.add(fault);
      ledger.breaches.add(fault);
    }
    const now = new Set(lasting(views));
    last = last ? last.intersection(now) : now;
    if (last.size === 0) return;
    await pause(firstPauseMs * 2 ** look);
  }
  for (const fault of last ?? []) ledger.faults.add(fault);
}

async function inWords({ officer }: Phone): Promise<string> {
  const state = await officer.client.state();
  return state.state === "failed" ? `failed (${state.code})` : state.state;
}
