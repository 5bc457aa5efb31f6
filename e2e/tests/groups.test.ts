/** Groups: founded, written in, changed by who founded them. */
import { expect, test } from "../fixtures/test.ts";

test("a group of three reads the same in the same order (P3)", async ({ join }) => {
  const [anna, ben, clara] = [await join(), await join(), await join()];
  await anna.foundGroup("Dienstgruppe C", [ben, clara]);
  await anna.room.send("Antreten um 14 Uhr");
  for (const other of [ben, clara]) {
    await other.rooms.open("Dienstgruppe C");
    await other.room.hears("Antreten um 14 Uhr");
  }
  await ben.room.send("Bin da");
  await clara.room.send("Fünf Minuten später");
  const all = [anna, ben, clara];
  for (const officer of all) {
    await officer.room.hears("Bin da");
    await officer.room.hears("Fünf Minuten später");
  }
  const orders = await Promise.all(all.map((officer) => officer.room.texts()));
  expect(new Set(orders.map((texts) => texts.join("|"))).size).toBe(1);
});

test("who has no device yet is added by itself as soon as the phone is online", async ({ arrive, join }) => {
  const [anna, ben] = [await join(), await join()];
  const late = await arrive();
  await anna.foundGroup("Streife 12", [ben, late]);
  await anna.room.send("Start am Rathaus");
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(late.name)).toContainText("Kommt dazu, sobald das Telefon online ist");
  await late.activate();
  await expect(late.rooms.row("Streife 12")).toBeVisible();
  await anna.page.goBack();
  await anna.room.send("Willkommen");
  await late.rooms.open("Streife 12");
  await late.room.hears("Willkommen");
  // What was said before is not for who came later.
  await expect(late.room.message("Start am Rathaus")).toHaveCount(0);
});

test("a removed member reads nothing more and cannot write (M10)", async ({ join }) => {
  const [anna, ben, clara] = [await join(), await join(), await join()];
  await anna.foundGroup("Einsatz Markt", [ben, clara]);
  await anna.room.send("Alle da?");
  await ben.rooms.open("Einsatz Markt");
  await ben.room.hears("Alle da?");
  await anna.room.openInfo();
  await anna.roomInfo.remove(ben.name);
  await expect(ben.room.notice(/hat dieses Gerät aus dem Chat entfernt/)).toBeVisible();
  await expect(ben.room.composer).toHaveCount(0);
  await anna.page.goBack();
  await anna.room.send("Nur noch wir zwei");
  await clara.rooms.open("Einsatz Markt");
  await clara.room.hears("Nur noch wir zwei");
  await expect(ben.room.message("Nur noch wir zwei")).toHaveCount(0);
});

test("what waited when somebody was removed says that it was not sent, and can only be deleted", async ({
  join,
}) => {
  const [anna, ben] = [await join(), await join()];
  await anna.foundGroup("Einsatz Hafen", [ben]);
  await anna.room.send("Alle da?");
  await ben.rooms.open("Einsatz Hafen");
  await ben.room.hears("Alle da?");
  await ben.goOffline();
  await ben.room.send("Bin gleich am Kai");
  await anna.room.openInfo();
  await anna.roomInfo.remove(ben.name);
  await ben.goOnline();
  await expect(ben.page.getByText("Nicht gesendet. Dieses Gerät ist nicht in diesem Chat.")).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Erneut senden" })).toHaveCount(0);
  await ben.page.getByRole("button", { name: "Löschen" }).click();
  await expect(ben.room.message("Bin gleich am Kai")).toHaveCount(0);
});
