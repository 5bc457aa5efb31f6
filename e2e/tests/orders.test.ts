/** Orders from afar, and a new letter after the loss of a phone. */
import { writeFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import { familyNameOf, letterFor, nimes } from "../fixtures/nimes.ts";
import { expect, test } from "../fixtures/test.ts";

test("a lock order closes an open device at once, its reason is shown, and unlocking lets it open (A8, K4)", async ({
  settled,
  pilot,
}) => {
  const anna = await settled();
  const who = familyNameOf(anna.name);
  await nimes(pilot, ["device", "lock", who, "--reason", "Telefon verloren gemeldet"]);
  await anna.lockScreen.isShown();
  await expect(anna.page.getByText("Telefon verloren gemeldet")).toBeVisible();
  await expect(anna.lockScreen.pin).toBeHidden();
  await expect.poll(() => nimes(pilot, ["device", "show", who])).toMatch(/bestätigt/);
  await anna.page.reload();
  await expect(anna.page.getByText("Telefon verloren gemeldet")).toBeVisible();
  await nimes(pilot, ["device", "unlock", who]);
  await expect(anna.lockScreen.pin).toBeVisible();
  await anna.unlock();
});

test("a wipe order that came while the phone was offline is carried out before anything is shown (C6)", async ({
  colleague,
  join,
  pilot,
}) => {
  const [anna, ben] = [await join(), await colleague()];
  const who = familyNameOf(anna.name);
  await anna.writeTo(ben);
  await anna.room.send("Nur für Ben");
  await anna.room.hasTick("Nur für Ben", "Zugestellt");
  await anna.goOffline();
  await nimes(pilot, ["device", "wipe", who, "--reason", "Telefon gestohlen"]);
  expect(await nimes(pilot, ["device", "show", who])).toMatch(/noch nicht bestätigt/);
  await anna.goOnline();
  await expect(anna.page.getByRole("heading", { name: "Die Daten wurden gelöscht" })).toBeVisible();
  await expect(anna.page.getByText("Telefon gestohlen")).toBeVisible();
  await expect.poll(() => nimes(pilot, ["device", "show", who])).not.toMatch(/noch nicht bestätigt/);
  // What is left says why, and nothing else.
  expect(await anna.storedRecords()).toBe(1);
  await anna.page.reload();
  await expect(anna.page.getByText("Telefon gestohlen")).toBeVisible();
});

test("after a wipe a new letter begins afresh, the contact sees it, and adds the new phone after asking", async ({
  join,
  pilot,
}) => {
  const [anna, ben] = [await join(), await join()];
  const who = familyNameOf(anna.name);
  await ben.writeTo(anna);
  await ben.room.send("Vor dem Verlust");
  await ben.room.hasTick("Vor dem Verlust", "Zugestellt");
  await nimes(pilot, ["device", "wipe", who, "--reason", "Telefon verloren"]);
  await expect(anna.page.getByRole("heading", { name: "Die Daten wurden gelöscht" })).toBeVisible();

  const link = await letterFor(pilot, anna);
  await anna.page.getByRole("button", { name: "Neuen Brief verwenden" }).click();
  await anna.activation.paste(link);
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();

  await expect(ben.room.notice(/hat ein neues Gerät/)).toBeVisible();
  await ben.page.getByRole("button", { name: "Wieder hinzufügen" }).click();
  await expect(ben.page.getByRole("dialog")).toContainText("gesprochen");
  await ben.page.getByRole("button", { name: "Ja, hinzufügen" }).click();
  await anna.rooms.open(ben.name);
  await ben.room.send("Willkommen zurück");
  await anna.room.hears("Willkommen zurück");
  expect(await anna.room.texts()).not.toContain("Vor dem Verlust");
});

test("a newer agreement is asked for at the next opening, and nothing opens without it", async ({
  join,
  pilotToChange: pilot,
}) => {
  const anna = await join();
  await publishAgreement(pilot);
  await anna.page.reload();
  await anna.lockScreen.open(anna.pin);
  await expect(anna.page.getByRole("heading", { name: "Die Nutzungsvereinbarung ist neu" })).toBeVisible();
  await expect(anna.activation.agreementText).toContainText("Neu ist dieser Satz.");
  await anna.page.getByRole("button", { name: "Nicht zustimmen" }).click();
  await expect(anna.activation.problem).toContainText("bleibt NIMes auf diesem Gerät geschlossen");
  await anna.activation.consent();
  await anna.rooms.isShown();
});

async function publishAgreement(pilot: Parameters<typeof nimes>[0]): Promise<void> {
  const file = pathOf(pilot.dataFolder, "new.de.md");
  writeFileSync(file, "# Nutzungsvereinbarung\n\n## Zweck\nNeu ist dieser Satz.\n");
  await nimes(pilot, ["agreement", "publish", file]);
}
