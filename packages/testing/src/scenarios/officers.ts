/** Officers for scenarios: real clients with real keys and real encryption. */
import { isDeepStrictEqual } from "node:util";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import { serenityOpaque } from "@nimes/client/adapters/serenity-opaque";
import type { Lock, Me, MessageItem, NimesClient, Notice, TimelineItem } from "@nimes/client/nimes-client";
import { openClient } from "@nimes/client/open-client";
import type { Ports } from "@nimes/client/ports/ports";
import type { DeviceId, RoomId } from "@nimes/protocol/ids";
import { parseClientId } from "@nimes/protocol/ids";
import { ackWatcher } from "../network/ack-watcher.ts";
import { until } from "./until.ts";

export type Officer = {
  name: string;
  client: NimesClient;
  me: Me;
  ports: Ports;
  pin: string;
  /** What the device has told the server of being durable. */
  acknowledged: (roomId: RoomId) => number;
};

export const goodPin = "Leinewehr 42";

/** Stretching runs on the device alone and is not what scenarios are about: a cheap one saves minutes. */
export const cheapOpaque = serenityOpaque({
  "argon2id-custom": { iterations: 1, memory: 8, parallelism: 1 },
});

/** Where officers live: server and network as ports, and how a letter comes into being. */
export type World = {
  serverUrl: string;
  /** Issues a letter. @returns the activation link. */
  letterFor(name: string): Promise<string>;
  /** Ports that differ from the usual ones: another network, a lying server. */
  ports?: Partial<Ports>;
  /** What officers accept when they activate; 0 where nothing was published. */
  agreementVersion?: number;
  onBug(error: unknown): void;
};

/** Opens a client and uses a letter. */
export async function activateOfficer(
  world: World,
  name: string,
  ports: Partial<Ports> = {},
): Promise<Officer> {
  const link = await world.letterFor(name);
  const made = await makePorts(world, ports);
  const acks = ackWatcher();
  const client = await openClient({ ...made, sockets: acks.watch(made.sockets) });
  const activated = await client.activate(link, {
    pin: goodPin,
    agreementVersion: world.agreementVersion ?? 0,
  });
  if (!activated.ok) throw new Error(`${name} could not activate: ${activated.code}`);
  return { name, client, me: activated.value, ports: made, pin: goodPin, acknowledged: acks.upTo };
}

export async function makePorts(world: World, ports: Partial<Ports> = {}): Promise<Ports> {
  const usual = await createNodePorts({ serverUrl: world.serverUrl, report: world.onBug });
  return { ...usual, opaque: cheapOpaque, ...world.ports, ...ports };
}

/** The same device again, after its client has been closed: what it has stored is what it was. It is locked. */
export async function restart(officer: Officer, ports: Partial<Ports> = {}): Promise<Officer> {
  const made = { ...officer.ports, ...ports };
  const acks = ackWatcher();
  const client = await openClient({ ...made, sockets: acks.watch(made.sockets) });
  return { ...officer, ports: made, acknowledged: acks.upTo, client };
}

/** As `restart`, opened with the PIN. */
export async function reopen(officer: Officer, ports: Partial<Ports> = {}): Promise<Officer> {
  const again = await restart(officer, ports);
  const opened = await again.client.open(officer.pin);
  if (!opened.ok) throw new Error(`${officer.name} could not open: ${opened.code}`);
  return again;
}

export async function knows(officer: Officer, other: Officer): Promise<void> {
  await until(officer.client, `${officer.name} knows ${other.name}`, async () => {
    const { people } = await officer.client.directory();
    return people.some(({ userId }) => userId === other.me.userId);
  });
}

export async function openDirect(officer: Officer, other: Officer): Promise<RoomId> {
  await knows(officer, other);
  const room = await officer.client.openDirectRoom(other.me.userId);
  if (!room.ok) throw new Error(`no room: ${room.code}`);
  return room.value;
}

/** Founds a group with others, who have it when this resolves. */
export async function openGroup(officer: Officer, name: string, others: readonly Officer[]): Promise<RoomId> {
  for (const other of others) await knows(officer, other);
  const userIds = others.map(({ me }) => me.userId);
  const group = await officer.client.createGroup({ name, userIds });
  if (!group.ok) throw new Error(`no group: ${group.code}`);
  for (const other of others) await hasRoom(other, name);
  return group.value;
}

export async function say(officer: Officer, roomId: RoomId, text: string): Promise<void> {
  const sent = await officer.client.sendText(roomId, text);
  if (!sent.ok) throw new Error(`${officer.name} could not send: ${sent.code}`);
}

export const itemsOf = async (officer: Officer, roomId: RoomId): Promise<TimelineItem[]> =>
  (await officer.client.timeline(roomId, { limit: 10_000 })).items;

export const messagesOf = async (officer: Officer, roomId: RoomId): Promise<MessageItem[]> =>
  (await itemsOf(officer, roomId)).filter((item) => item.kind === "message");

export const textsOf = async (officer: Officer, roomId: RoomId): Promise<string[]> =>
  (await messagesOf(officer, roomId)).flatMap(({ body }) => (body.kind === "text" ? [body.text] : []));

export const noticesOf = async (officer: Officer, roomId: RoomId): Promise<Notice[]> =>
  (await itemsOf(officer, roomId)).flatMap((item) => (item.kind === "notice" ? [item.notice] : []));

/** The room says this. */
export const noticed = (officer: Officer, roomId: RoomId, wanted: Notice): Promise<unknown> =>
  until(officer.client, `${officer.name} sees the notice ${wanted.type}`, async () =>
    (await noticesOf(officer, roomId)).some((notice) => isDeepStrictEqual(notice, wanted)),
  );

export const hears = (officer: Officer, roomId: RoomId, text: string): Promise<unknown> =>
  until(officer.client, `${officer.name} hears "${text}"`, async () =>
    (await textsOf(officer, roomId)).includes(text),
  );

/** The own message with this text has two ticks. */
export const isDelivered = (officer: Officer, roomId: RoomId, text: string): Promise<unknown> =>
  until(officer.client, `"${text}" of ${officer.name} is delivered`, async () =>
    (await messagesOf(officer, roomId)).some(
      ({ body, delivery }) => body.kind === "text" && body.text === text && delivery?.state === "delivered",
    ),
  );

/** The room list has a room with this name. */
export const hasRoom = (officer: Officer, name: string): Promise<RoomId> =>
  until(officer.client, `${officer.name} has the room ${name}`, async () => {
    const rooms = await officer.client.rooms();
    return rooms.find((room) => room.name === name)?.roomId;
  });

export const isOnline = (officer: Officer): Promise<unknown> =>
  until(officer.client, `${officer.name} is online`, async () => {
    const state = await officer.client.state();
    return state.state === "ready" && state.connection.state === "online";
  });

/** Names of those whom the room shows as being in it or on their way out, and of those who are awaited. */
export const membersOf = async (officer: Officer, roomId: RoomId): Promise<string[]> =>
  ((await officer.client.room(roomId))?.members ?? [])
    .map(({ displayName, state }) => (state === "member" ? displayName : `${displayName}: ${state}`))
    .sort();

/** The room shows exactly these, see {@link membersOf}. */
export const shows = (officer: Officer, roomId: RoomId, names: readonly string[]): Promise<unknown> =>
  until(officer.client, `${officer.name} is shown ${names.join()}`, async () =>
    isDeepStrictEqual(await membersOf(officer, roomId), [...names].sort()),
  );

/** Where the own message with this text is on its way. */
export const deliveryOf = async (officer: Officer, roomId: RoomId, text: string) =>
  (await messagesOf(officer, roomId)).find(({ body }) => body.kind === "text" && body.text === text)
    ?.delivery;

/** The own message with this text has at least one tick. */
export const isSent = (officer: Officer, roomId: RoomId, text: string): Promise<unknown> =>
  until(officer.client, `"${text}" of ${officer.name} is sent`, async () =>
    (await messagesOf(officer, roomId)).some(
      ({ body, sequence }) => body.kind === "text" && body.text === text && sequence !== undefined,
    ),
  );

/** Whether this is the newest message and nothing waits to be opened. */
export async function isCaughtUp(officer: Officer, roomId: RoomId, text: string): Promise<boolean> {
  const state = await officer.client.state();
  if (state.state !== "ready" || state.connection.state !== "online") return false;
  const { items } = await officer.client.timeline(roomId, { limit: 1 });
  const [last] = items;
  return last?.kind === "message" && last.body.kind === "text" && last.body.text === text;
}

export function deviceIdOf({ me }: Officer): DeviceId {
  const parsed = parseClientId(me.clientId);
  if (!parsed) throw new Error("no client id");
  return parsed.deviceId;
}

/** What its lock screen shows; undefined while there is none. */
export const lockOf = async ({ client }: Officer): Promise<Lock | undefined> => {
  const state = await client.state();
  return state.state === "locked" ? state.lock : undefined;
};
