/** Reactions, from the finger to everybody's screen. */
import { hasNoFaults } from "../fixtures/axe.ts";
import { desktop, expect, phone, test } from "../fixtures/test.ts";

test("a long press reacts, others join with one press, and it is taken back", async ({
  colleague,
  settled,
}) => {
  const [anna, ben, clara] = [await settled(phone), await settled(desktop), await colleague()];
  await anna.foundGroup("Dienstgruppe B", [ben, clara]);
  await anna.room.send("Antreten um 14 Uhr");
  await ben.rooms.open("Dienstgruppe B");
  await ben.room.hears("Antreten um 14 Uhr");
  await clara.hears("Dienstgruppe B", "Antreten um 14 Uhr");

  await anna.room.longPress("Antreten um 14 Uhr");
  await hasNoFaults(anna);
  await anna.room.chooseEmoji("👍");
  const seen = ben.room.reaction("Antreten um 14 Uhr", `👍 von ${anna.name}`);
  await expect(seen).toHaveAttribute("aria-pressed", "false");
  await clara.react("Dienstgruppe B", "Antreten um 14 Uhr", "👍");
  await expect(anna.room.reaction("Antreten um 14 Uhr", clara.name)).toContainText("2");
  await ben.room.reaction("Antreten um 14 Uhr", "👍").click();
  const all = anna.room.reaction("Antreten um 14 Uhr", ben.name);
  await expect(all).toContainText("3");
  await hasNoFaults(ben);
  await all.click();
  await expect(ben.room.reaction("Antreten um 14 Uhr", "👍")).toContainText("2");
  // With the keyboard alone, and any emoji.
  await ben.room.reactByKeyboard("Antreten um 14 Uhr", "🚓");
  await expect(anna.room.reaction("Antreten um 14 Uhr", `🚓 von ${ben.name}`)).toBeVisible();
});
