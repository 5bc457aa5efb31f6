import type { NimesClient } from "@nimes/client/nimes-client";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { ok, refuse } from "@nimes/protocol/result";
import { expect, test } from "vitest";
import { createOffered } from "./offered.ts";
import { pastedFiles } from "./pictures.ts";

const roomId = "r".repeat(64) as RoomId;
const file = (name: string, type = "image/jpeg") => new File(["x"], name, { type });
const names = (files: readonly { name: string }[]) => files.map(({ name }) => name);

/** A client that takes pictures one by one, when it is told to. */
function scene(answer: (name: string) => Promise<void> = async () => undefined, unreadable: string[] = []) {
  const taken: string[] = [];
  const discarded: string[] = [];
  const client: Pick<NimesClient, "sendPicture" | "discard"> = {
    async sendPicture(_, { file: picture, caption }) {
      const { name } = picture as File;
      await answer(name);
      if (unreadable.includes(name)) return refuse("picture-unreadable");
      taken.push(`${name}: ${caption}`);
      return ok(name as MessageId);
    },
    async discard(_, messageId) {
      discarded.push(messageId);
      return ok(undefined);
    },
  };
  const offered = createOffered(client, roomId);
  const shown = () => names(offered.store.getState().pictures.map((picture) => picture.file));
  return { offered, taken, discarded, shown };
}

test("pictures go one after the other, each with its caption", async () => {
  const { offered, taken, shown } = scene();
  offered.offer([file("a.jpg"), file("b.jpg")]);
  const [first] = offered.store.getState().pictures;
  offered.setCaption(first?.id ?? -1, " Tor ");
  await offered.send();
  expect(taken).toEqual(["a.jpg: Tor", "b.jpg: "]);
  expect(shown()).toEqual([]);
  expect(offered.store.getState().sending).toBe(false);
});

test("cancelled while six are being sent, none goes, and what was under way is taken back", async () => {
  const held = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { offered, taken, discarded, shown } = scene(async (name) => {
    if (name !== "3.jpg") return;
    reached.resolve();
    await held.promise;
  });
  offered.offer([1, 2, 3, 4, 5, 6].map((number) => file(`${number}.jpg`)));
  const sending = offered.send();
  await reached.promise;
  offered.cancel();
  held.resolve();
  await sending;
  expect(taken).toEqual(["1.jpg: ", "2.jpg: ", "3.jpg: "]);
  expect(discarded).toEqual(["1.jpg", "2.jpg", "3.jpg"]);
  expect(shown()).toEqual([]);
  // What is offered afterwards goes as ever.
  offered.offer([file("7.jpg")]);
  await offered.send();
  expect(taken.at(-1)).toBe("7.jpg: ");
  expect(discarded).toHaveLength(3);
});

test("where one cannot be sent, it and those behind it stay, and it is said why", async () => {
  const { offered, shown } = scene(undefined, ["b.jpg"]);
  offered.offer([file("a.jpg"), file("b.jpg"), file("c.jpg")]);
  await offered.send();
  expect(shown()).toEqual(["b.jpg", "c.jpg"]);
  expect(offered.store.getState()).toMatchObject({ problem: "picture-unreadable", sending: false });
});

test("a second paste joins the first, and what is no picture is named", () => {
  const { offered, shown } = scene();
  offered.offer([file("a.jpg")]);
  offered.offer([
    file("plan.pdf", "application/pdf"),
    file("b.png", "image/png"),
    file("x.tiff", "image/tiff"),
  ]);
  expect(shown()).toEqual(["a.jpg", "b.png"]);
  expect(offered.store.getState().refused).toEqual(["plan.pdf", "x.tiff"]);
});

test("of a paste that is a text and a picture of it, the text counts", () => {
  const files = [file("image.png", "image/png")] as unknown as FileList;
  const data = (texts: Record<string, string>) => ({
    files,
    types: [...Object.keys(texts), "Files"],
    getData: (type: string) => texts[type] ?? "",
  });
  expect(pastedFiles(data({ "text/html": "<b>Plan</b>", "text/plain": "Plan" }))).toEqual([]);
  // From a browser, and from a file manager.
  expect(pastedFiles(data({ "text/html": "<img>" }))).toHaveLength(1);
  expect(pastedFiles(data({ "text/plain": "image.png" }))).toHaveLength(1);
});
