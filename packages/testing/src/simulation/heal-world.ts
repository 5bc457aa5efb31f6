/** Everything works again, the server is honest, and people do what their apps ask of them: now everybody must go on. */
import { helpfulPeople } from "./bring-back.ts";
import { checkEveryStep } from "./check-every-step.ts";
import { comeBack, stateOf } from "./come-back.ts";
import { unheardWords } from "./laws/fresh-words.ts";
import { sentToNobody } from "./laws/nothing-lost.ts";
import { type RoomView, viewsOf } from "./laws/room-view.ts";
import { orderDiffers } from "./laws/same-order.ts";
import { faultsOf } from "./laws/settled.ts";
import { unsettled } from "./laws/when-honest-again.ts";
import type { Phone } from "./phones/phone.ts";
import type { World } from "./world.ts";

/** Time in which everything must have come right: pauses that have grown behind lies last half a minute, twenty times faster. */
const patienceMs = 60_000;
const lookEveryMs = 200;
const wakings = 25;
/** A session that lies have ended is over when an honest server is asked: so often its officer opens the app again. */
const mostOpenings = 2;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function healWorld(world: World): Promise<void> {
  const { liar, fleet, ledger, hostile } = world;
  ledger.history.push("everything works again");
  liar.lieTo("nobody");
  fleet.heal();
  const open: Phone[] = [];
  for (const phone of fleet.phones) {
    if (await wakeForGood(phone, world)) open.push(phone);
    else ledger.faults.add(`${phone.name} cannot be opened any more`);
  }
  for (const { network } of open) network.cut();
  const openings = new Map<Phone, number>();
  const openAll = async (): Promise<void> => {
    // Where nobody lies, no session ends by itself.
    if (!hostile) return;
    await Promise.all(open.map((phone) => openAgain(phone, world, openings)));
  };
  await settles(ledger.faults, async () => {
    await openAll();
    return unsettledIn(open);
  });
  if (!hostile) await settles(ledger.faults, () => faultsInHonestWorld(open, world));
  const answerQuestions = helpfulPeople(open);
  await answerQuestions();
  const meanwhile = async (): Promise<void> => {
    await openAll();
    await answerQuestions();
  };
  for (const fault of await unheardWords(open, { patienceMs, meanwhile })) ledger.faults.add(fault);
  await checkEveryStep(world);
  // What a phone has asked for, when it had lost its place, may still be on its way.
  await settles(ledger.faults, () => differencesBetween(open, world));
}

async function wakeForGood(phone: Phone, world: World): Promise<boolean> {
  for (let attempt = 0; attempt < wakings; attempt += 1) {
    if (await comeBack(phone, world)) return true;
    // Only then: it ends the sessions of all others, too.
    if (await waitsForPin(phone)) world.here.clock.pass(60_000);
    // An opening that is under way takes its time on a busy machine, and refuses another.
    await pause(lookEveryMs * (attempt + 1));
  }
  return false;
}

/** Tries of the PIN that lies have used up make the next one wait, by the server's clock. */
async function waitsForPin({ officer }: Phone): Promise<boolean> {
  const state = await officer.client.state();
  return state.state === "locked" && state.lock.waitUntil !== undefined;
}

async function openAgain(phone: Phone, world: World, openings: Map<Phone, number>): Promise<void> {
  const count = openings.get(phone) ?? 0;
  if (count >= mostOpenings || (await stateOf(phone)) !== "locked") return;
  openings.set(phone, count + 1);
  world.ledger.history.push(`${phone.name}: is locked, and opened again`);
  await wakeForGood(phone, world);
}

/** Whatever is still wrong when the time is over is a fault. */
async function settles(faults: Set<string>, look: () => Promise<string[]>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let left = await look();
  while (left.length > 0 && Date.now() < deadline) {
    await pause(lookEveryMs);
    left = await look();
  }
  for (const fault of left) faults.add(fault);
}

const unsettledIn = async (phones: readonly Phone[]): Promise<string[]> =>
  (await Promise.all(phones.map(unsettled))).flat();

const faultsInHonestWorld = (phones: readonly Phone[], { ledger }: World): Promise<string[]> =>
  faultsOf(
    phones.map(({ officer }) => ({
      officer,
      promised: ledger.words.filter(({ from }) => from === officer.me.clientId).map(({ text }) => text),
    })),
    (roomId, userId) => ledger.takenOut.has(roomId + userId),
  );

async function differencesBetween(phones: readonly Phone[], { ledger }: World): Promise<string[]> {
  const views = (await Promise.all(phones.map(viewsOf))).flat();
  const wasTakenOut = ({ room, me }: RoomView): boolean => ledger.takenOut.has(room.roomId + me.userId);
  return [...Map.groupBy(views, ({ room }) => room.roomId).values()].flatMap((ofRoom) => [
    ...orderDiffers(ofRoom),
    ...sentToNobody(ofRoom, ledger.sealedFor, wasTakenOut),
  ]);
}
