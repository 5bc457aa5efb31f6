/** A disaster, played through: backup, work, loss of the whole disk, restore by the commands of docs/operation.md. */
import { Backup } from "../fixtures/backup.ts";
import { familyNameOf, nimes } from "../fixtures/nimes.ts";
import { expect, test } from "../fixtures/test.ts";

test("after a disaster two people's browsers are told once and go on; lock, policy and new PIN are what they were (F14)", async ({
  join,
  pilotToChange: pilot,
}) => {
  const backup = new Backup(pilot);
  const [anna, ben] = [await join(), await join()];
  await anna.writeTo(ben);
  await anna.room.send("Vor der Sicherung");
  await anna.room.hasTick("Vor der Sicherung", "Zugestellt");
  await ben.rooms.open(anna.name);
  backup.take();

  await anna.room.send("Seit der Sicherung");
  await ben.room.hears("Seit der Sicherung");
  await ben.room.send("Verstanden");
  await ben.room.hasTick("Verstanden", "Zugestellt");
  await anna.page.goBack();
  await anna.settings.open();
  await anna.settings.openScreen("PIN ändern");
  await anna.settings.changePin(anna.pin, "drei Enten am Maschsee");
  await expect(anna.page.getByText("Die neue PIN gilt ab jetzt.")).toBeVisible();
  anna.pin = "drei Enten am Maschsee";
  await nimes(pilot, ["policy", "set", "--service", "pictures=nein"]);
  await nimes(pilot, ["device", "lock", familyNameOf(ben.name), "--reason", "Telefon verloren gemeldet"]);
  await ben.lockScreen.isShown();
  backup.takeAuthority();

  await pilot.cutPower();
  backup.lose();
  backup.restore();
  await pilot.start();

  await anna.reload();
  await anna.rooms.open(ben.name);
  const said = /aus einer Sicherung/;
  await expect(anna.room.notice(said)).toHaveCount(1);
  await ben.page.reload();
  await expect(ben.page.getByText("Telefon verloren gemeldet")).toBeVisible();
  await expect(ben.lockScreen.pin).toBeHidden();
  expect(await nimes(pilot, ["policy", "show"])).toMatch(/Bilder erlaubt .*: nein/);
  await nimes(pilot, ["device", "unlock", familyNameOf(ben.name)]);
  await expect(ben.lockScreen.pin).toBeVisible();
  await ben.unlock();
  await ben.rooms.open(anna.name);
  await anna.room.send("Es geht weiter");
  await ben.room.hears("Es geht weiter");
  await ben.room.send("Hier auch");
  await anna.room.hasTick("Es geht weiter", "Zugestellt");
  await anna.room.hears("Hier auch");
  for (const { room } of [anna, ben]) {
    expect(await room.texts()).toEqual([
      "Vor der Sicherung",
      "Seit der Sicherung",
      "Verstanden",
      "Es geht weiter",
      "Hier auch",
    ]);
    await expect(room.notice(said)).toHaveCount(1);
  }
});
