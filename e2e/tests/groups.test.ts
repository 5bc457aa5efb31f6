/** Groups: founded, written in, changed by who founded them. */
import { refuseCommits } from "../fixtures/refuse-commits.ts";
import { desktop, expect, test } from "../fixtures/test.ts";

test("a group of three reads the same in the same order (P3)", async ({ settled }) => {
  const [anna, ben, clara] = [await settled(), await settled(), await settled()];
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

test("who has no device yet is added by itself as soon as the phone is online", async ({
  arrive,
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(), await colleague()];
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

test("a removed member reads nothing more and cannot write (M10)", async ({ colleague, settled }) => {
  const [anna, ben, clara] = [await settled(), await settled(), await colleague()];
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
  await clara.hears("Einsatz Markt", "Nur noch wir zwei");
  await expect(ben.room.message("Nur noch wir zwei")).toHaveCount(0);
});

test("whoever the server does not let go is shown as being removed, and nothing is sent until they are out (P9)", async ({
  colleague,
  settled,
}) => {
  const [anna, ben, clara] = [await settled(), await settled(), await colleague()];
  await anna.foundGroup("Einsatz Ufer", [ben, clara]);
  await anna.room.send("Alle da?");
  await ben.rooms.open("Einsatz Ufer");
  await ben.room.hears("Alle da?");
  const refusal = await refuseCommits(anna.page);
  await anna.room.openInfo();
  await anna.roomInfo.remove(ben.name);
  const row = anna.roomInfo.member(ben.name);
  await expect(row).toContainText("Wird entfernt. Bis dahin geht keine Nachricht hinaus.");
  await expect(row).toContainText("Dazu fehlt die Berechtigung.");
  await anna.page.goBack();
  await anna.room.send("Ohne Ben");
  await anna.room.hasTick("Ohne Ben", "Wartet");
  const before = await refusal.count();
  await expect.poll(refusal.count).toBeGreaterThan(before);
  await anna.room.hasTick("Ohne Ben", "Wartet");
  await refusal.stop();
  await clara.hears("Einsatz Ufer", "Ohne Ben");
  await expect(ben.room.notice(/hat dieses Gerät aus dem Chat entfernt/)).toBeVisible();
  await expect(ben.room.message("Ohne Ben")).toHaveCount(0);
  await anna.room.openInfo();
  await expect(row).toHaveCount(0);
});

test("whoever was added while their phone was away is shown as not there yet, until it is", async ({
  colleague,
  settled,
}) => {
  const [anna, ben, clara] = [await settled(), await settled(), await colleague()];
  await ben.goOffline();
  await anna.foundGroup("Einsatz Wehr", [ben, clara]);
  await anna.room.send("Wer ist da?");
  await clara.hears("Einsatz Wehr", "Wer ist da?");
  const notThere = "Noch nicht im Chat angekommen";
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(ben.name)).toContainText(notThere);
  await expect(anna.roomInfo.member(clara.name)).not.toContainText(notThere);
  await anna.page.goBack();
  await ben.goOnline();
  await ben.rooms.open("Einsatz Wehr");
  await ben.room.hears("Wer ist da?");
  await ben.room.send("Jetzt ja");
  await anna.room.hears("Jetzt ja");
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(ben.name)).not.toContainText(notThere);
});

test("what waited when somebody was removed says that it was not sent, and can only be deleted", async ({
  settled,
}) => {
  const [anna, ben] = [await settled(), await settled()];
  await anna.foundGroup("Einsatz Hafen", [ben]);
  await anna.room.send("Alle da?");
  await ben.rooms.open("Einsatz Hafen");
  await ben.room.hears("Alle da?");
  await ben.goOffline();
  await ben.room.send("Bin gleich am Kai");
  await anna.room.openInfo();
  await anna.roomInfo.remove(ben.name);
  await expect(anna.roomInfo.member(ben.name)).toHaveCount(0);
  await ben.goOnline();
  await expect(ben.page.getByText("Nicht gesendet. Dieses Gerät ist nicht in diesem Chat.")).toBeVisible();
  await expect(ben.page.getByRole("button", { name: "Erneut senden" })).toHaveCount(0);
  await ben.page.getByRole("button", { name: "Löschen" }).click();
  await expect(ben.room.message("Bin gleich am Kai")).toHaveCount(0);
});

test("beside open information a desktop goes on writing; a narrower one shows it in the room's place", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.foundGroup("Einsatz Brücke", [ben]);
  await anna.room.send("Alle da?");
  await anna.room.openInfo();
  await anna.room.send("Infos sind offen");
  await ben.hears("Einsatz Brücke", "Infos sind offen");
  await anna.page.setViewportSize({ width: 1100, height: 800 });
  await expect(anna.room.composer).toBeHidden();
  await expect(anna.roomInfo.member(ben.name)).toBeVisible();
  await anna.page.goBack();
  await anna.room.send("Infos sind zu");
  await ben.hears("Einsatz Brücke", "Infos sind zu");
});
