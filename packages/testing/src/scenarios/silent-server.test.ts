/** What the server keeps holds no word of what was said (C8). */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { startServerProcess } from "./server-process.ts";
import { until } from "./until.ts";

let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld(startServerProcess);
});
afterEach(() => here.close());

/** Every form in which a text could have been kept. Base64 has three, by the place where the text begins. */
function formsOf(text: string): Buffer[] {
  const utf8 = Buffer.from(text, "utf8");
  const base64 = [0, 1, 2].map((shift) =>
    // The first and the last letters depend on what stands beside the text.
    Buffer.from(
      Buffer.concat([Buffer.alloc(shift), utf8])
        .toString("base64")
        .slice(4, -4),
    ),
  );
  return [utf8, Buffer.from(text, "utf16le"), Buffer.from(utf8.toString("hex")), ...base64];
}

async function everythingIn(folder: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map(async (path) => ({ path, bytes: await readFile(path) })));
}

const foundIn = (files: readonly { path: string; bytes: Buffer }[], text: string): string[] =>
  files.filter(({ bytes }) => formsOf(text).some((form) => bytes.includes(form))).map(({ path }) => path);

test("database, log and attachments hold no text, no name of a room, no picture and no caption (C8)", async () => {
  const anna = await here.join("Anna Suchwort-Name");
  const bernd = await here.join("Bernd");
  await act.knows(anna, bernd);
  const secrets = {
    text: "Der Verdächtige heißt Musterfrau-Eindeutig",
    room: "Einsatz Drosselgasse Eindeutig",
    caption: "Kennzeichen CE-XY 4711 Eindeutig",
    draft: "Entwurf bleibt hier Eindeutig",
    picture: "Bildinhalt-Eindeutig-Bildinhalt",
  };
  const group = await anna.client.createGroup({ name: secrets.room, userIds: [bernd.me.userId] });
  if (!group.ok) throw new Error(group.code);
  await act.hasRoom(bernd, secrets.room);
  await anna.client.setDraft(group.value, secrets.draft);
  await act.say(anna, group.value, secrets.text);
  await act.hears(bernd, group.value, secrets.text);
  const header = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 2, 88, 3, 32, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2];
  const jpeg = Uint8Array.of(...header, ...Buffer.from(secrets.picture.repeat(4_000)));
  const file = new SafeJpeg(jpeg, Uint8Array.of(...header, ...Buffer.from(secrets.picture)));
  await anna.client.sendPicture(group.value, { file, caption: secrets.caption });
  const received = await until(bernd.client, "the picture is there", async () =>
    (await act.messagesOf(bernd, group.value)).find(({ body }) => body.kind === "picture"),
  );
  expect((await bernd.client.picture(group.value, received.messageId)).ok).toBe(true);

  await here.stopServer();
  const files = await everythingIn(here.dataFolder);
  expect(files.map(({ path }) => basename(path))).toEqual(
    expect.arrayContaining([expect.stringContaining(".log"), expect.stringMatching(/\.(db|sqlite)/)]),
  );
  for (const secret of Object.values(secrets)) expect(foundIn(files, secret)).toEqual([]);
  // The search itself can find: names of people stand in the directory, which the server may read.
  expect(foundIn(files, "Anna Suchwort-Name").length).toBeGreaterThan(0);
});
