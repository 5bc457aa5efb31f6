/** What the organisation has set for a class of devices, as the device keeps to it. */
import { cameraPicture } from "../fixtures/camera-picture.ts";
import { nimes } from "../fixtures/nimes.ts";
import { expect, test } from "../fixtures/test.ts";

test("rules reach an open device at once, it shows them, and allows no photo where they do not", async ({
  colleague,
  join,
  pilotToChange: pilot,
}) => {
  const [anna, ben] = [await join(), await colleague()];
  await nimes(pilot, ["policy", "set", "--service", "pictures=nein", "--service", "expiry=2d"]);
  await anna.settings.open();
  await anna.settings.openScreen("Regeln für dieses Gerät");
  await expect(anna.settings.fact("Fotos")).toHaveText("nicht erlaubt");
  await expect(anna.settings.fact("Nachrichten werden gelöscht nach")).toHaveText("2 Tage");
  await anna.settings.back();
  await anna.settings.back();
  await anna.writeTo(ben);
  await anna.room.choosePicture(await cameraPicture(anna.page));
  await expect(anna.page.getByRole("dialog")).toContainText("lassen auf diesem Gerät keine Fotos zu");
});

test("after a while without input it locks, as the policy says", async ({ join, pilotToChange: pilot }) => {
  const anna = await join();
  await nimes(pilot, ["policy", "set", "--service", "lock=30s", "--service", "background=30s"]);
  await anna.page.clock.install();
  await anna.reload();
  // No time passes but what is passed here, however slow the machine is.
  await anna.page.clock.pauseAt((await anna.page.evaluate(() => Date.now())) + 10_000);
  await anna.page.mouse.move(10, 10);
  await anna.page.clock.fastForward(29_000);
  await anna.rooms.isShown();
  await anna.page.mouse.move(20, 20);
  await anna.page.clock.fastForward(29_000);
  await anna.rooms.isShown();
  await anna.page.clock.fastForward(2_000);
  await anna.page.clock.resume();
  await anna.lockScreen.isShown();
});
