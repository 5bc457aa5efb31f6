/** What the server keeps holds no word of what was said (C8). */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import type { ServerProcess } from "./server-process.ts";
import { startServerProcess } from "./server-process.ts";
import { formsOf } from "./text-forms.ts";
import { until } from "./until.ts";

let here: OpenWorld;
let server: ServerProcess;
beforeEach(async () => {
  here = await openWorld(async (config) => {
    server = await startServerProcess(config);
    return server;
  });
});
afterEach(() => here.close());

test("the search finds a text in every form, wherever it begins", () => {
  const text = "Der Verdächtige heißt Musterfrau-Eindeutig";
  for (const encoding of ["utf8", "utf16le"] as const)
    for (const before of ["", "x", "xy", "xyz"]) {
      const kept = Buffer.from(`${before}${text} und mehr`, encoding);
      for (const bytes of [
        kept,
        Buffer.from(kept.toString("base64")),
        Buffer.from(kept.toString("base64url")),
      ])
        expect(foundIn([{ path: "file", bytes }], text)).toEqual(["file"]);
    }
});

async function everythingIn(folder: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.map(async (path) => ({ path, bytes: await readFile(path) })));
}

const foundIn = (files: readonly { path: string; bytes: Buffer }[], text: string): string[] =>
  files.filter(({ bytes }) => formsOf(text).some((form) => bytes.includes(form))).map(({ path }) => path);

test("database, write-ahead log, log and attachments hold no text, no name of a room or file, no picture, no caption and no PIN (C8)", async () => {
  const anna = await here.join("Anna Suchwort-Name");
  const bernd = await here.join("Bernd");
  const secrets = {
    text: "Der Verdächtige heißt Musterfrau-Eindeutig",
    room: "Einsatz Drosselgasse Eindeutig",
    caption: "Kennzeichen CE-XY 4711 Eindeutig",
    draft: "Entwurf bleibt hier Eindeutig",
    picture: "Bildinhalt-Eindeutig-Bildinhalt",
    fileName: "Tatort Drosselgasse 7.jpg",
    pin: anna.pin,
  };
  const room = await act.openGroup(anna, secrets.room, [bernd]);
  await anna.client.setDraft(room, secrets.draft);
  await act.say(anna, room, secrets.text);
  await act.hears(bernd, room, secrets.text);
  const header = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 2, 88, 3, 32, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2];
  const jpeg = Uint8Array.of(...header, ...Buffer.from(secrets.picture.repeat(4_000)));
  const file = new SafeJpeg(jpeg, Uint8Array.of(...header, ...Buffer.from(secrets.picture)));
  // As a file that was chosen on a phone.
  Object.defineProperty(file, "name", { value: secrets.fileName });
  await anna.client.sendPicture(room, { file, caption: secrets.caption });
  const received = await until(bernd.client, "the picture is there", async () =>
    (await act.messagesOf(bernd, room)).find(({ body }) => body.kind === "picture"),
  );
  expect((await bernd.client.picture(room, received.messageId)).ok).toBe(true);

  // Killed in the middle of its work: a server that ends by itself folds its write-ahead log into the database.
  await server.kill();
  const files = await everythingIn(here.dataFolder);
  expect(files.map(({ path }) => basename(path))).toEqual(
    expect.arrayContaining([
      "server.log",
      expect.stringMatching(/\.sqlite$/),
      expect.stringMatching(/\.sqlite-wal$/),
      // The attachment.
      expect.stringMatching(/^[0-9a-f]{32}/),
    ]),
  );
  for (const { path, bytes } of files.filter(({ path }) => /wal$|server\.log$/.test(path)))
    expect(bytes.byteLength, path).toBeGreaterThan(0);
  for (const secret of Object.values(secrets)) expect(foundIn(files, secret)).toEqual([]);
  // The search itself can find: names of people stand in the directory, which the server may read.
  expect(foundIn(files, "Anna Suchwort-Name").length).toBeGreaterThan(0);
});
