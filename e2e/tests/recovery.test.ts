/** Rooms that recover: a moderator's bad commit, and both phones replaced. */
import { arriveAsMember } from "@nimes/testing/server/raw-member";
import { expect, test } from "../fixtures/test.ts";

/** A pilot has one agreement. */
const agreementVersion = 1;

test("a moderator's commit that nobody may follow stops nothing: the room goes on without that phone, and nothing is lost (M16)", async ({
  settled,
  pilot,
}) => {
  const [anna, ben] = [await settled(), await settled()];
  const letter = await pilot.takeLetter();
  const mallory = await arriveAsMember(pilot.url, letter.url, { agreementVersion });
  await anna.foundGroup("Streife 4", [ben, letter]);
  await anna.room.send("Treffpunkt Rathaus");
  await ben.rooms.open("Streife 4");
  await ben.room.hears("Treffpunkt Rathaus");
  await mallory.enter();
  await anna.room.openInfo();
  await anna.roomInfo.choose(letter.name, "Zur Moderation machen");
  await expect(anna.roomInfo.member(letter.name)).toContainText("Moderation");
  await anna.page.goBack();

  await mallory.breakRoom();
  for (const officer of [anna, ben]) {
    await expect(officer.room.notice(/Änderung .*wurde abgewiesen/)).toBeVisible();
    await expect(officer.room.notice(/hat den Chat neu begründet/)).toBeVisible();
  }
  await anna.room.send("Weiter geht es");
  await ben.room.hears("Weiter geht es");
  await ben.room.send("Verstanden");
  await anna.room.hears("Verstanden");
  // What was read before stays.
  await ben.room.hears("Treffpunkt Rathaus");
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(letter.name)).toHaveCount(0);
  await mallory.close();
});

test("both phones are replaced, and the chat of the two goes on", async ({ join, replace }) => {
  const [annaBefore, benBefore] = [await join(), await join()];
  await annaBefore.writeTo(benBefore);
  await annaBefore.room.send("Vor dem Verlust");
  await annaBefore.room.hasTick("Vor dem Verlust", "Zugestellt");
  const anna = await replace(annaBefore);
  const ben = await replace(benBefore);
  for (const old of [annaBefore, benBefore])
    await expect(
      old.page.getByRole("heading", { name: "Dieses Gerät gehört nicht mehr dazu" }),
    ).toBeVisible();
  await anna.writeTo(ben);
  await anna.room.send("Neues Telefon, gleiche Anna");
  await ben.rooms.open(anna.name);
  await ben.room.hears("Neues Telefon, gleiche Anna");
  await ben.room.send("Hier auch alles neu");
  await anna.room.hears("Hier auch alles neu");
});
