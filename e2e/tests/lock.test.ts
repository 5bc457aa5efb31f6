/** Two steps to open: the PIN, what a wrong one costs, and everything that closes the capsule. */
import { cameraPicture } from "../fixtures/camera-picture.ts";
import { desktop, expect, test } from "../fixtures/test.ts";

test("before consent and PIN no key exists, and whoever declines cannot go on (C7)", async ({ arrive }) => {
  const anna = await arrive();
  await anna.activation.open(anna.letter.url);
  await anna.activation.confirm();
  await expect(anna.activation.agreementText).toContainText("Zweck");
  await expect(anna.page.getByRole("button", { name: "Zustimmen und weiter" })).toBeDisabled();
  await anna.page.getByRole("button", { name: "Nicht zustimmen" }).click();
  await expect(anna.activation.problem).toContainText("nichts entstanden");
  expect(await anna.storedRecords()).toBe(0);
  await anna.activation.consent();
  expect(await anna.storedRecords()).toBe(0);
  await anna.activation.choosePin(anna.pin);
  await anna.activation.toChats.click();
  await anna.rooms.isShown();
  expect(await anna.storedRecords()).toBeGreaterThan(0);
});

test("a PIN that is short, common or mistyped is not taken, and it is said why", async ({ arrive }) => {
  const anna = await arrive();
  await anna.activation.open(anna.letter.url);
  await anna.activation.confirm();
  await anna.activation.consent();
  const go = anna.page.getByRole("button", { name: "Gerät aktivieren" });
  await anna.activation.typePin("Lei42");
  await expect(anna.page.getByText("Noch 3 Zeichen")).toBeVisible();
  await expect(go).toBeDisabled();
  await anna.activation.typePin("12345678");
  await expect(anna.page.getByText("Zu leicht zu erraten")).toBeVisible();
  await expect(go).toBeDisabled();
  await anna.activation.typePin("Leinewehr 42", "Leinewehr 43");
  await expect(anna.activation.problem).toContainText("nicht gleich");
});

test("locked by hand, nothing of the content is left in the page, and the PIN brings it back (C4)", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.keepBlobs();
  await anna.writeTo(ben);
  await anna.room.send("Treffpunkt Rotkehlchen");
  await anna.room.sendPicture({ file: await cameraPicture(anna.page), caption: "Am Elbufer" });
  await anna.room.hears("Am Elbufer");
  await anna.room.composer.fill("Noch nicht gesendet");
  await expect.poll(async () => (await anna.shownBlobs()).length).toBeGreaterThan(0);
  await anna.lock();
  const left = await anna.page.content();
  for (const word of ["Rotkehlchen", "Elbufer", "Noch nicht", ben.name]) expect(left).not.toContain(word);
  expect(await anna.aliveUrls()).toEqual([]);
  // The worker that had the keys is gone; the one of the lock screen knows none.
  await expect.poll(() => anna.page.workers().length).toBe(1);
  await anna.lockScreen.open(anna.pin);
  await anna.room.hears("Treffpunkt Rotkehlchen");
  await expect(anna.room.composer).toHaveValue("Noch nicht gesendet");
});

test("wrong PINs are counted and slowed down, and the tenth destroys the capsule, as was said before (A1)", async ({
  join,
  pilot,
}) => {
  const anna = await join();
  await anna.lock();
  const left = (words: string) => anna.page.getByText(words, { exact: true });
  for (const words of [
    "Noch 9 Versuche",
    "Noch 8 Versuche",
    "Noch 7 Versuche",
    "Noch 6 Versuche",
    "Noch 5 Versuche",
  ]) {
    await anna.lockScreen.open(`falsch: ${words}`);
    await expect(left(words)).toBeVisible();
    await expect(anna.page.getByText("unwiderruflich gelöscht")).toBeVisible();
  }
  await expect(anna.page.getByText("Nächster Versuch in")).toBeVisible();
  await expect(anna.lockScreen.pin).toBeDisabled();

  for (const words of ["Noch 4 Versuche", "Noch 3 Versuche", "Noch 2 Versuche", "Noch 1 Versuch"]) {
    pilot.passDayOfTries();
    await anna.page.reload();
    await anna.lockScreen.open(`falsch: ${words}`);
    await expect(left(words)).toBeVisible();
  }
  pilot.passDayOfTries();
  await anna.page.reload();
  await anna.lockScreen.open("zum zehnten Mal falsch");
  await expect(anna.page.getByRole("heading", { name: "Die Daten wurden gelöscht" })).toBeVisible();
  await expect(anna.page.getByText("Die PIN war zehnmal falsch.")).toBeVisible();
  await anna.page.reload();
  await expect(anna.page.getByRole("heading", { name: "Die Daten wurden gelöscht" })).toBeVisible();
  await anna.page.getByRole("button", { name: "Neuen Brief verwenden" }).click();
  await expect(anna.activation.heading).toHaveText("Willkommen bei NIMes");
});

test("a changed PIN opens, the one before does not", async ({ join }) => {
  const anna = await join();
  await anna.settings.open();
  await anna.settings.openScreen("PIN ändern");
  await anna.settings.changePin(anna.pin, "drei Enten am Maschsee");
  await expect(anna.page.getByText("Die neue PIN gilt ab jetzt.")).toBeVisible();
  await anna.page.reload();
  await anna.lockScreen.open(anna.pin);
  await expect(anna.lockScreen.problem).toContainText("falsch");
  anna.pin = "drei Enten am Maschsee";
  await anna.unlock();
});

test("without network the lock screen says so, and opens when it is back", async ({ settled }) => {
  const anna = await settled();
  await anna.lock();
  await anna.goOffline();
  await expect(anna.page.getByText("Kein Netz. Öffnen geht, sobald")).toBeVisible();
  await anna.lockScreen.open(anna.pin);
  await expect(anna.lockScreen.problem).toContainText("Kein Netz");
  await anna.goOnline();
  await anna.unlock();
});

test("where something answers in the server's place it is said, and what was typed is still there", async ({
  settled,
}) => {
  const anna = await settled();
  await anna.lock();
  const context = anna.page.context();
  await context.route("**/v1/**", (route) => route.fulfill({ status: 502, body: "<h1>Bad Gateway</h1>" }));
  await anna.lockScreen.open(anna.pin);
  await expect(anna.lockScreen.problem).toContainText("antwortet gerade nicht richtig");
  await expect(anna.lockScreen.pin).toHaveValue(anna.pin);
  await context.unrouteAll();
  await anna.page.getByRole("button", { name: "Öffnen", exact: true }).click();
  await anna.rooms.isShown();
});

test("a message that arrives while it is locked is told without its content", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Bist du da?");
  await anna.room.back();
  await anna.lock();
  await ben.say(anna.name, "Ja, am Südausgang");
  await expect(anna.page.getByText("Neues ist da.")).toBeVisible();
  expect(await anna.page.content()).not.toContain("Südausgang");
  await anna.unlock();
  await anna.rooms.open(ben.name);
  await anna.room.hears("Ja, am Südausgang");
});

test("a clock that is wrong is told, and opens all the same (A6, F12)", async ({ settled }) => {
  const anna = await settled();
  await anna.lock();
  await anna.shiftClock(-26 * 60 * 60_000);
  await anna.lockScreen.open("falsche PIN");
  await expect(anna.page.getByText("Die Uhr dieses Geräts geht falsch.")).toBeVisible();
  await anna.unlock();
});
