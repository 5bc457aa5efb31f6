/** Whom a change adds comes from the wish, and who is there from the tree: never from what a server answers (P9). */
import { setTimeout } from "node:timers/promises";
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import type { Http } from "@nimes/client/ports/http";
import type { Storage } from "@nimes/client/ports/storage";
import { decodeCbor } from "@nimes/protocol/cbor";
import type { FullEntry } from "@nimes/protocol/entry";
import type { RoomId } from "@nimes/protocol/ids";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fastClock } from "../network/fast-clock.ts";
import { entriesOf, frameLiar, refusalOf } from "../network/frame-liar.ts";
import { liar as httpLiar } from "../network/liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

test("a claim that is answered with a third person's real key package, too, adds nobody but who was wished for (M5, P9)", async () => {
  const published: Uint8Array[] = [];
  const watched: Http = {
    async send(request) {
      if (new URL(request.url).pathname === routes.postKeyPackages.path && request.body) {
        const body = decodeCbor(routes.postKeyPackages.body, request.body);
        if (body.ok) published.push(...body.value.keyPackages);
      }
      return fetchHttp.send(request);
    },
  };
  const [bernd, dora] = [await here.join("Bernd"), await here.join("Dora", { http: watched })];
  const server = httpLiar();
  const anna = await here.join("Anna", server.ports);
  for (const one of [bernd, dora]) await act.knows(anna, one);
  const { clientId } = dora.me;
  server.lie(routes.postKeyPackageClaim, ({ devices }) => {
    const [keyPackage] = published.splice(0, 1);
    return { devices: [...devices, ...(keyPackage ? [{ clientId, keyPackage }] : [])] };
  });
  const inGroup = await anna.client.createGroup({ name: "Lage", userIds: [bernd.me.userId] });
  const inDirect = await anna.client.openDirectRoom(bernd.me.userId);
  for (const room of [inGroup, inDirect]) {
    if (!room.ok) throw new Error(room.code);
    await act.say(anna, room.value, "nur für Bernd");
    await act.hears(bernd, room.value, "nur für Bernd");
    expect(await act.membersOf(anna, room.value)).toEqual(["Anna", "Bernd"]);
  }
  expect(await dora.client.rooms()).toEqual([]);
});

test.for(["direct", "group"] as const)(
  "a key package of the right device that was used up before keeps nobody out of a %s room (P7)",
  async (kind) => {
    const server = httpLiar();
    const [anna, clara] = [await here.join("Anna", server.ports), await here.join("Clara", server.ports)];
    const bernd = await here.join("Bernd");
    let usedUp: Uint8Array | null = null;
    server.lie(routes.postKeyPackageClaim, ({ devices }) => ({
      devices: devices.map((one) => {
        usedUp ??= one.keyPackage;
        return { ...one, keyPackage: usedUp };
      }),
    }));
    const first = await act.openDirect(clara, bernd);
    await act.say(clara, first, "zuerst");
    await act.hears(bernd, first, "zuerst");
    await act.knows(anna, bernd);
    const userIds = [bernd.me.userId];
    const made =
      kind === "direct"
        ? await anna.client.openDirectRoom(bernd.me.userId)
        : await anna.client.createGroup({ name: "Lage", userIds });
    if (!made.ok) throw new Error(made.code);
    await act.say(anna, made.value, "eins");
    await act.hears(bernd, made.value, "eins");
    await act.say(bernd, made.value, "zwei");
    await act.hears(anna, made.value, "zwei");
    expect(await act.textsOf(bernd, made.value)).toEqual(["eins", "zwei"]);
    expect(await act.membersOf(bernd, made.value)).toEqual(["Anna", "Bernd"]);
  },
);

/** Entries go on coming while something is being written. */
const slowDisk = (disk = createMemoryStorage()): Storage => ({
  ...disk,
  async write(changes, durability) {
    if (durability === "strict") await setTimeout(60);
    await disk.write(changes, durability);
  },
});

test.for([
  ["fast", createMemoryStorage],
  ["slow", slowDisk],
] as const)(
  "whoever was taken out comes back with a used-up key package when added again, and by no Welcome that is shown again, on a %s disk (M10)",
  async ([, makeDisk]) => {
    const keyPackages = httpLiar();
    const anna = await here.join("Anna", keyPackages.ports);
    const [asked, frames] = [httpLiar(), frameLiar()];
    const bernd = await here.join("Bernd", {
      ...asked.ports,
      ...frames.ports,
      clock: fastClock(20),
      storage: makeDisk(),
    });
    let first: Uint8Array | null = null;
    keyPackages.lie(routes.postKeyPackageClaim, ({ devices }) => {
      first ??= devices[0]?.keyPackage ?? null;
      return { devices: devices.map((one) => ({ ...one, keyPackage: first })) };
    });
    const room = await act.openGroup(anna, "Lage", [bernd]);
    await act.say(anna, room, "eins");
    await act.hears(bernd, room, "eins");
    const [item] = frames.told("inbox").flatMap(({ items }) => items);
    if (!item) throw new Error("Bernd came in by a Welcome");
    await anna.client.removePerson(room, bernd.me.userId);
    await act.shows(anna, room, ["Anna"]);
    await act.shows(bernd, room, []);

    const isShownAgain = frames.lieOnce("entries", (frame) => [{ type: "inbox", items: [item] }, frame]);
    const other = await act.openDirect(bernd, anna);
    await act.say(bernd, other, "hier");
    await act.hears(anna, other, "hier");
    expect(isShownAgain()).toBe(true);
    const groupInfos = () => asked.requests.filter(({ url }) => url.includes("/group-info"));
    expect(groupInfos()).toEqual([]);

    await anna.client.addPeople(room, [bernd.me.userId]);
    await act.say(anna, room, "zwei");
    await act.hears(bernd, room, "zwei");
    expect(groupInfos()).not.toEqual([]);
    await act.say(bernd, room, "drei");
    await act.hears(anna, room, "drei");
  },
);

test("a replayed commit takes nobody from the list who is in the tree (P9)", async () => {
  const liar = frameLiar();
  const bernd = await here.join("Bernd", liar.ports);
  const [anna, clara] = [await here.join("Anna"), await here.join("Clara")];
  const room = await act.openGroup(anna, "Lage", [bernd]);
  await act.say(anna, room, "eins");
  await act.hears(bernd, room, "eins");
  await act.knows(anna, clara);
  await anna.client.addPeople(room, [clara.me.userId]);
  await act.hasRoom(clara, "Lage");
  await act.shows(bernd, room, ["Anna", "Bernd", "Clara"]);
  const commit = entriesOf(liar).findLast((entry): entry is FullEntry => entry.kind === "commit");
  if (!commit) throw new Error("Clara came by a commit");
  const isTold = liar.lieOnce("entries", (frame) => {
    const sequence = (frame.entries.at(-1)?.sequence ?? 0) + 1;
    return [{ ...frame, entries: [...frame.entries, { ...commit, sequence }] }];
  });
  await act.say(anna, room, "zwei");
  await until(bernd.client, "the replay was told and read", async () => isTold());
  await act.hears(bernd, room, "zwei");
  await act.say(bernd, room, "mit Clara");
  await act.hears(clara, room, "mit Clara");
  expect(await act.membersOf(bernd, room)).toEqual(["Anna", "Bernd", "Clara"]);
});

test.for(["direct", "group"] as const)(
  "what is written to one person reaches nobody else, when the new %s is said to be another room (P9)",
  async (kind) => {
    const liar = frameLiar();
    const anna = await here.join("Anna", { ...liar.ports, clock: fastClock(20) });
    const [bernd, mallory] = [await here.join("Bernd"), await here.join("Mallory")];
    const other = await act.openDirect(anna, mallory);
    await act.say(anna, other, "hallo Mallory");
    await act.hears(mallory, other, "hallo Mallory");
    await act.knows(anna, bernd);
    const isTold = liar.answerOnce((frame) =>
      frame.submission.kind === "found"
        ? [refusalOf(frame, "room-exists", { existingRoomId: other })]
        : undefined,
    );
    const made =
      kind === "direct"
        ? await anna.client.openDirectRoom(bernd.me.userId)
        : await anna.client.createGroup({ name: "Zugriff", userIds: [bernd.me.userId] });
    if (!made.ok) throw new Error(made.code);
    const secret = "Nur für Bernd: Mallory wird morgen durchsucht";
    await act.say(anna, made.value, secret);
    await until(anna.client, "the lie was told", async () => isTold());
    await act.hears(bernd, made.value, secret);
    expect(await act.textsOf(anna, other)).toEqual(["hallo Mallory"]);
    expect(await act.textsOf(mallory, other)).toEqual(["hallo Mallory"]);
    expect(await mallory.client.rooms()).toHaveLength(1);
  },
);

test("a room that is said to exist and never comes is said to be nonsense after a while, and what was written goes out", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna", { ...liar.ports, clock: fastClock(40) });
  const bernd = await here.join("Bernd");
  const nowhere = "ab".repeat(32) as RoomId;
  let told = 0;
  liar.lie({
    swallow(frame) {
      if (frame.type !== "submit" || frame.submission.kind !== "found" || told > 1) return undefined;
      told += 1;
      return [refusalOf(frame, "room-exists", { existingRoomId: nowhere })];
    },
  });
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "bist du da?");
  expect(await act.deliveryOf(anna, room, "bist du da?")).toEqual({ state: "waiting" });
  await act.hears(bernd, room, "bist du da?");
});

test("a new room of two that is said to be the one that they have already is no other room, and goes on (P4)", async () => {
  const liar = frameLiar();
  const anna = await here.join("Anna", { ...liar.ports, clock: fastClock(20) });
  const bernd = await here.join("Bernd");
  await act.knows(anna, bernd);
  const isTold = liar.answerOnce((frame) =>
    frame.submission.kind === "found"
      ? [refusalOf(frame, "room-exists", { existingRoomId: frame.roomId })]
      : undefined,
  );
  const room = await act.openDirect(anna, bernd);
  await act.say(anna, room, "bist du da?");
  await until(anna.client, "the lie was told", async () => isTold());
  await act.hears(bernd, room, "bist du da?");
});
