/** The main job: two officers, two browsers, and nothing lost. */
import { desktop, expect, phone, test } from "../fixtures/test.ts";

test("two officers activate, write to each other, and see two ticks", async ({ join }) => {
  const anna = await join(phone);
  const ben = await join({ ...desktop, colorScheme: "dark" });
  await anna.writeTo(ben);
  await anna.room.send("Südausgang ist frei");
  await ben.rooms.open(anna.name);
  await ben.room.hears("Südausgang ist frei");
  await anna.room.hasTick("Südausgang ist frei", "Zugestellt");
  await ben.room.send("Verstanden, komme rüber");
  await anna.room.hears("Verstanden, komme rüber");
  expect(await anna.room.texts()).toEqual(["Südausgang ist frei", "Verstanden, komme rüber"]);
});

test("a simulated officer answers", async ({ settled }) => {
  const clara = await settled();
  await clara.rooms.startNewChat();
  await clara.newChat.search("simuliert");
  await clara.newChat.people().first().click();
  await clara.room.send("Guten Tag, wer hat heute Dienst?");
  await expect(clara.room.log.getByRole("article")).not.toHaveCount(1);
  await clara.room.hasTick("Guten Tag, wer hat heute Dienst?", "Zugestellt");
});

test("what is written without network waits, shows it, and goes out by itself in order (P6)", async ({
  colleague,
  settled,
}) => {
  const anna = await settled();
  const ben = await colleague();
  await anna.writeTo(ben);
  await anna.room.send("eins");
  await anna.room.hasTick("eins", "Zugestellt");
  await anna.goOffline();
  await anna.room.send("zwei");
  await anna.room.send("drei");
  await anna.room.hasTick("drei", "Wartet");
  await anna.goOnline();
  await anna.room.hasTick("drei", "Zugestellt");
  await ben.hears(anna.name, "drei");
  expect(await ben.texts(anna.name)).toEqual(["eins", "zwei", "drei"]);
});

test("reloading the app loses nothing: rooms, messages and what was waiting (P2)", async ({
  colleague,
  settled,
}) => {
  const anna = await settled();
  const ben = await colleague();
  await anna.writeTo(ben);
  await anna.room.send("vor dem Neuladen");
  await anna.room.hasTick("vor dem Neuladen", "Zugestellt");
  await anna.reload();
  await anna.rooms.open(ben.name);
  await anna.room.hears("vor dem Neuladen");
  await anna.room.send("nach dem Neuladen");
  await ben.hears(anna.name, "nach dem Neuladen");
  expect(await ben.texts(anna.name)).toEqual(["vor dem Neuladen", "nach dem Neuladen"]);
});
