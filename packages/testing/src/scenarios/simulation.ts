/**
 * Officers who do at random what officers do, while their phones die and sleep, the network flaps and the server is
 * started again. The same seed makes the same choices; what happens between them differs a little from run to run,
 * because server and encryption are real.
 */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Http } from "@nimes/client/ports/http";
import type { Storage } from "@nimes/client/ports/storage";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { refuse } from "@nimes/protocol/result";
import { type Crash, crashOf } from "../network/crash.ts";
import { fastClock } from "../network/fast-clock.ts";
import {
  createFaultyNetwork,
  type FaultyNetwork,
  noFaults,
  seededRandom,
} from "../network/faulty-sockets.ts";
import { jpegOf } from "./jpeg.ts";
import * as act from "./officers.ts";
import type { OpenWorld } from "./open-world.ts";
import { faultsOf, type Witness } from "./simulation-faults.ts";

type Phone = Witness & {
  storage: Storage;
  network: FaultyNetwork;
  crash: Crash;
  isAsleep: boolean;
};

export type Simulation = {
  /** Does a few things at once. */
  step(): Promise<void>;
  /** Everything works again and everybody is there. */
  heal(): Promise<void>;
  /** What is not yet as it must be, in words; empty when all is well. */
  faults(): Promise<string[]>;
  /** What was done, for whoever looks for the cause. */
  history: string[];
  close(): Promise<void>;
};

/** @param here a world without officers. */
export async function startSimulation(
  here: OpenWorld,
  names: readonly string[],
  seed: number,
): Promise<Simulation> {
  const random = seededRandom(seed);
  const history: string[] = [];
  const removed = new Set<string>();
  let words = 0;
  let isHealed = false;

  const below = (count: number): number => Math.floor(random() * count);
  const oneOf = <T>(list: readonly T[]): T | undefined => list[below(list.length)];

  /** Requests that get lost, half of them after the server has done what was asked. */
  const badRadio: Http = {
    async send(request) {
      const chance = isHealed ? 1 : random();
      if (chance < 0.03) return refuse("no-network");
      const answer = await fetchHttp.send(request);
      return chance < 0.06 ? refuse("no-network") : answer;
    },
  };
  const crashable = (storage: Storage, network: FaultyNetwork): Crash =>
    crashOf(
      { http: badRadio, storage, sockets: network.sockets, openE2ee },
      random() < 0.5 ? "before" : "behind",
    );

  async function join(name: string): Promise<Phone> {
    // Lines break; within one that does not, everything arrives in order.
    const network = createFaultyNetwork(webSockets, noFaults);
    const storage = createMemoryStorage();
    const crash = crashOf({ http: fetchHttp, storage, sockets: network.sockets, openE2ee }, "before");
    const officer = await act.activateOfficer(here.world, name, { ...crash.ports, clock: fastClock(20) });
    return { officer, storage, network, crash, isAsleep: false, promised: [] };
  }
  const phones: Phone[] = [];
  for (const name of names) phones.push(await join(name));
  for (const { officer } of phones)
    for (const other of phones) if (other.officer !== officer) await act.knows(officer, other.officer);

  const isAlive = ({ crash }: Phone): boolean => !crash.isDead();
  const isAwake = (phone: Phone): boolean => isAlive(phone) && !phone.isAsleep;

  async function wake(phone: Phone): Promise<void> {
    if (!isAlive(phone)) await phone.crash.died;
    const crash = crashable(phone.storage, phone.network);
    const officer = await act.restart(phone.officer, crash.ports);
    for (;;) {
      const opened = await officer.client.open(officer.pin);
      if (opened.ok) break;
      if (opened.code !== "no-network") throw new Error(`${officer.name} does not open: ${opened.code}`);
    }
    Object.assign(phone, { officer, crash, isAsleep: false });
  }

  /** The answer of a call; undefined when the phone has died meanwhile. */
  const alive = <T>(phone: Phone, call: Promise<T>): Promise<T | undefined> =>
    Promise.race([call, phone.crash.died.then((): undefined => undefined)]);

  async function someRoom({ officer }: Phone): Promise<RoomId | undefined> {
    const rooms = (await officer.client.rooms()).filter(({ writable, people }) => writable && people > 1);
    return oneOf(rooms)?.roomId;
  }
  const somebodyElse = (phone: Phone): Phone | undefined => oneOf(phones.filter((other) => other !== phone));
  const userIdOf = (phone: Phone | undefined): UserId | undefined => phone?.officer.me.userId;

  const deeds: Record<string, { weight: number; do(phone: Phone): Promise<unknown> }> = {
    text: {
      weight: 40,
      async do(phone) {
        const room = await someRoom(phone);
        if (!room) return;
        const word = `Wort ${++words} von ${phone.officer.name}`;
        const sent = await alive(phone, phone.officer.client.sendText(room, word));
        if (sent?.ok) phone.promised.push(word);
      },
    },
    picture: {
      weight: 10,
      async do(phone) {
        const room = await someRoom(phone);
        if (!room) return;
        const caption = `Bild ${++words} von ${phone.officer.name}`;
        const file = new SafeJpeg(jpegOf(3_000), jpegOf(300));
        const sent = await alive(phone, phone.officer.client.sendPicture(room, { file, caption }));
        if (sent?.ok) phone.promised.push(caption);
      },
    },
    direct: {
      weight: 8,
      async do(phone) {
        const peer = userIdOf(somebodyElse(phone));
        if (peer) await alive(phone, phone.officer.client.openDirectRoom(peer));
      },
    },
    group: {
      weight: 4,
      async do(phone) {
        const others = phones
          .filter((other) => other !== phone && random() < 0.5)
          .map(({ officer }) => officer.me.userId);
        const moderators = others.filter(() => random() < 0.5);
        const name = `Lage ${++words}`;
        await alive(phone, phone.officer.client.createGroup({ name, userIds: others, moderators }));
      },
    },
    add: {
      weight: 6,
      async do(phone) {
        const room = await someRoom(phone);
        const person = userIdOf(somebodyElse(phone));
        if (!room || !person || removed.has(room + person)) return;
        await alive(phone, phone.officer.client.addPeople(room, [person]));
      },
    },
    remove: {
      weight: 2,
      async do(phone) {
        const room = await someRoom(phone);
        const person = userIdOf(somebodyElse(phone));
        if (!room || !person) return;
        // Who comes back has not read what was between: then the histories below could not be compared.
        removed.add(room + person);
        await alive(phone, phone.officer.client.removePerson(room, person));
      },
    },
    read: {
      weight: 5,
      async do(phone) {
        const room = await someRoom(phone);
        if (room) await alive(phone, phone.officer.client.markRead(room, below(20)));
      },
    },
    cut: { weight: 8, do: async ({ network }) => network.cut() },
    die: { weight: 8, do: async ({ crash }) => crash.arm(1 + below(15)) },
    sleep: {
      weight: 5,
      async do(phone) {
        // Whoever is cut off while its own commit is under way must be healed by others, which does not exist yet.
        if (!isAlive(phone) || phone.crash.isCommitting()) return;
        phone.crash.arm(undefined);
        phone.isAsleep = true;
        await phone.officer.client.close();
      },
    },
  };
  const weights = Object.values(deeds).reduce((sum, { weight }) => sum + weight, 0);
  function someDeed(): string {
    let left = random() * weights;
    for (const [name, { weight }] of Object.entries(deeds)) {
      left -= weight;
      if (left < 0) return name;
    }
    return "text";
  }

  async function step(): Promise<void> {
    if (random() < 0.03) {
      history.push("server starts again");
      await here.stopServer();
      await here.startServer();
    }
    const busy = phones.filter(() => random() < 0.5);
    await Promise.all(
      busy.map(async (phone) => {
        const name = isAwake(phone) ? someDeed() : "wake";
        history.push(`${phone.officer.name}: ${name}`);
        if (name === "wake") return wake(phone);
        const writesToo = name !== "sleep" && random() < 0.3;
        await Promise.all([deeds[name]?.do(phone), writesToo && deeds.text?.do(phone)]);
      }),
    );
  }

  return {
    step,
    async heal() {
      isHealed = true;
      for (const phone of phones) {
        phone.crash.arm(undefined);
        if (isAwake(phone)) phone.network.cut();
        else await wake(phone);
      }
    },
    faults: () => faultsOf(phones, (roomId, userId) => removed.has(roomId + userId)),
    history,
    async close() {
      await Promise.all(phones.filter(isAlive).map(({ officer }) => officer.client.close()));
    },
  };
}
