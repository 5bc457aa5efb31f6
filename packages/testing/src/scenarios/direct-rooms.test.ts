/** Two people have one direct room, also when both begin it at the same moment (decision 4). */
import { isDeepStrictEqual } from "node:util";
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { MessageItem } from "@nimes/client/nimes-client";
import type { Storage } from "@nimes/client/ports/storage";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import type { RoomId } from "@nimes/protocol/ids";
import { afterEach, beforeEach, expect, test } from "vitest";
import { crashOf } from "../network/crash.ts";
import { jpegOf } from "./jpeg.ts";
import type { Officer } from "./officers.ts";
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

const wordOf = ({ body }: MessageItem): string =>
  body.kind === "text" ? body.text : body.kind === "picture" ? body.caption : "";

/** The one room that an officer has, and every word in it. */
async function roomOf(officer: Officer): Promise<{ rooms: RoomId[]; words: string[] }> {
  const rooms = (await officer.client.rooms()).map(({ roomId }) => roomId);
  const messages = rooms[0] ? await act.messagesOf(officer, rooms[0]) : [];
  return { rooms, words: messages.map(wordOf) };
}

/** Opens the room with somebody and writes into it at once. @returns the words that the device has promised to send. */
async function begin(officer: Officer, other: Officer): Promise<string[]> {
  const room = await officer.client.openDirectRoom(other.me.userId);
  if (!room.ok) throw new Error(room.code);
  const text = `Text von ${officer.name}`;
  const caption = `Bild von ${officer.name}`;
  const sent = await Promise.all([
    officer.client.sendText(room.value, text),
    officer.client.sendPicture(room.value, { file: new SafeJpeg(jpegOf(5_000), jpegOf(500)), caption }),
  ]);
  return [text, caption].filter((_, index) => sent[index]?.ok);
}

test("two who begin to write to each other at the same moment meet in one room, with all that both wrote", async () => {
  for (let round = 0; round < 5; round += 1) {
    const anna = await here.join(`Anna ${round}`);
    const bernd = await here.join(`Bernd ${round}`);
    await act.knows(anna, bernd);
    await act.knows(bernd, anna);
    const words = (await Promise.all([begin(anna, bernd), begin(bernd, anna)])).flat().sort();
    for (const officer of [anna, bernd])
      await until(officer.client, `${officer.name} has all of it`, async () => {
        const { rooms, words: found } = await roomOf(officer);
        return rooms.length === 1 && found.length === words.length;
      });
    expect((await roomOf(anna)).words.sort()).toEqual(words);
    expect(await roomOf(bernd)).toEqual(await roomOf(anna));
  }
});

test("what was written is shown at any moment while its room turns out to be there already (P1)", async () => {
  const gaps: string[] = [];
  const written = new Map<Officer, string>();
  const look = async (): Promise<void> => {
    for (const [officer, text] of written) {
      const rooms = await officer.client.rooms();
      const texts = await Promise.all(rooms.map(({ roomId }) => act.textsOf(officer, roomId)));
      if (!texts.flat().includes(text)) gaps.push(`${officer.name} does not see "${text}"`);
    }
  };
  const looking = (inner = createMemoryStorage()): { storage: Storage } => ({
    storage: {
      ...inner,
      async write(...batch) {
        await look();
        await inner.write(...batch);
      },
    },
  });
  const [anna, bernd] = [await here.join("Anna", looking()), await here.join("Bernd", looking())];
  await act.knows(anna, bernd);
  await act.knows(bernd, anna);
  const begins = async (officer: Officer, other: Officer): Promise<void> => {
    const room = await officer.client.openDirectRoom(other.me.userId);
    if (!room.ok) throw new Error(room.code);
    await officer.client.sendText(room.value, `Text von ${officer.name}`);
    written.set(officer, `Text von ${officer.name}`);
  };
  await Promise.all([begins(anna, bernd), begins(bernd, anna)]);
  for (const officer of [anna, bernd])
    await until(officer.client, `${officer.name} has both`, async () => {
      const { rooms, words } = await roomOf(officer);
      return rooms.length === 1 && words.length === 2;
    });
  expect(gaps).toEqual([]);
});

test("a device that dies behind any step meanwhile is in that room afterwards: nothing lost, nothing doubled (F7)", {
  timeout: 600_000,
}, async () => {
  for (let at = 1, died = true; died; at += 1) {
    const storage = createMemoryStorage();
    const crash = crashOf({ http: fetchHttp, storage, sockets: webSockets, openE2ee }, "behind");
    const anna = await here.join(`Anna ${at}`);
    const bernd = await act.activateOfficer(here.world, `Bernd ${at}`, crash.ports);
    await act.knows(anna, bernd);
    await act.knows(bernd, anna);
    crash.arm(at);
    const gone = crash.died.then((): string[] => []);
    const promised = await Promise.all([begin(anna, bernd), Promise.race([begin(bernd, anna), gone])]);
    const whole = promised.flat();
    const meeting = until(anna.client, "Anna has all of it", async () => {
      const { words } = await roomOf(anna);
      return whole.every((word) => words.includes(word));
    });
    meeting.catch(() => undefined);
    await Promise.race([meeting, gone]);
    died = crash.isDead();
    if (!died) {
      crash.arm(undefined);
      await bernd.client.close();
    }
    const again = await here.wake(bernd, { storage, http: fetchHttp, sockets: webSockets, openE2ee });
    for (const officer of [anna, again])
      await until(officer.client, `${officer.name} has all of it, dead at step ${at}`, async () => {
        const { rooms, words } = await roomOf(officer);
        return rooms.length === 1 && whole.every((word) => words.includes(word));
      });
    // What nobody was promised may have been kept all the same, and follows.
    // Where the Welcome was half done, the device comes back, and what is sealed again for it stands behind its own words.
    const inNoOrder = async (officer: Officer) => {
      const { rooms, words } = await roomOf(officer);
      return { rooms, words: words.sort() };
    };
    await until(anna.client, `both see the same, dead at step ${at}`, async () =>
      isDeepStrictEqual(await inNoOrder(again), await inNoOrder(anna)),
    );
    const { words } = await roomOf(anna);
    expect(new Set(words).size, `dead at step ${at}`).toBe(words.length);
    await here.sleep(again);
    await here.sleep(anna);
  }
});
