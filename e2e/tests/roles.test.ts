/** Roles of a room: given and taken, who writes, leaving, and who leads on. */

import { hasNoFaults } from "../fixtures/axe.ts";
import { desktop, expect, test } from "../fixtures/test.ts";

test("a role is given and taken, and everybody reads of it", async ({ settled }) => {
  const [anna, ben] = [await settled(), await settled()];
  await anna.foundGroup("Dienstgruppe A", [ben]);
  await anna.room.send("Lage ruhig");
  await ben.rooms.open("Dienstgruppe A");
  await ben.room.hears("Lage ruhig");
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(anna.name)).toContainText("Leitung");
  await expect(anna.roomInfo.member(ben.name)).toContainText("Mitglied");
  await hasNoFaults(anna);
  await anna.roomInfo.menu(ben.name).click();
  await hasNoFaults(anna);
  await anna.page.keyboard.press("Escape");
  await expect(anna.roomInfo.menu(ben.name)).toBeFocused();

  await anna.roomInfo.choose(ben.name, "Nur lesen lassen");
  await expect(anna.roomInfo.member(ben.name)).toContainText("Nur lesen");
  await expect(ben.room.notice(`${anna.name} lässt ${ben.name} hier nur lesen`)).toBeVisible();
  await expect(ben.page.getByText(/^Hier nur lesen:/)).toBeVisible();
  await expect(ben.room.composer).toHaveCount(0);

  await anna.roomInfo.choose(ben.name, "Zur Moderation machen");
  await expect(ben.room.notice(`${anna.name} hat ${ben.name} zur Moderation gemacht`)).toBeVisible();
  await ben.room.send("Wieder dabei");
  await anna.page.goBack();
  await anna.room.hears("Wieder dabei");
  await ben.room.openInfo();
  // A moderator says nothing about whoever leads.
  await expect(ben.roomInfo.menu(anna.name)).toHaveCount(0);
});

test("in a channel only its lead writes, until somebody else may", async ({ settled }) => {
  const anna = await settled(desktop);
  const ben = await settled();
  await anna.foundChannel("Aktuelles", [ben]);
  await anna.room.send("Dienstplan liegt vor");
  await ben.rooms.open("Aktuelles");
  await ben.room.hears("Dienstplan liegt vor");
  await expect(ben.page.getByText(/^Hier schreiben nur Leitung, Moderation und wer/)).toBeVisible();
  await expect(ben.room.composer).toHaveCount(0);
  await hasNoFaults(ben);
  await anna.room.openInfo();
  await anna.roomInfo.choose(ben.name, "Zum Mitglied machen");
  await ben.room.send("Danke, gelesen");
  await anna.room.hears("Danke, gelesen");
});

test("the lead is handed over, and whoever had it steps down", async ({ colleague, settled }) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.foundGroup("Streife 7", [ben]);
  await anna.room.send("Wer übernimmt?");
  await ben.hears("Streife 7", "Wer übernimmt?");
  await anna.room.openInfo();
  // As long as nobody else leads, nobody steps down.
  await expect(anna.page.getByRole("button", { name: "Meine Rolle" })).toHaveCount(0);
  await anna.roomInfo.choose(ben.name, "Leitung geben", "Leitung geben");
  await expect(anna.roomInfo.member(ben.name)).toContainText("Leitung");
  await anna.roomInfo.stepDown("Mitglied werden");
  await expect(anna.roomInfo.menu(ben.name)).toHaveCount(0);
  await expect(anna.roomInfo.member(anna.name)).toContainText("Mitglied");
});

test("a wish to add somebody is taken back before the phone was online", async ({
  arrive,
  colleague,
  settled,
}) => {
  const anna = await settled();
  const [ben, late] = [await colleague(), await arrive()];
  await anna.foundGroup("Wache Nord", [ben, late]);
  await anna.room.openInfo();
  await anna.roomInfo.choose(late.name, "Doch nicht hinzufügen");
  await expect(anna.roomInfo.member(late.name)).toHaveCount(0);
});

test("whoever leads alone hands over and leaves; the others go on, and what was read stays", async ({
  colleague,
  settled,
}) => {
  const [anna, ben, clara] = [await settled(), await colleague(), await settled()];
  await anna.foundGroup("Einsatz Bahnhof", [ben, clara]);
  await anna.room.send("Alle am Gleis");
  await clara.rooms.open("Einsatz Bahnhof");
  await clara.room.hears("Alle am Gleis");
  await anna.room.openInfo();
  await anna.roomInfo.openLeaving();
  await hasNoFaults(anna);
  await anna.roomInfo.leave({ heir: clara.name });
  await anna.page.goBack();
  await expect(anna.page.getByText(/^Dieses Gerät ist nicht mehr in diesem Chat/)).toBeVisible();
  await expect(anna.room.composer).toHaveCount(0);
  await expect(clara.room.notice(`${anna.name} hat den Chat verlassen`)).toBeVisible();
  await ben.say("Einsatz Bahnhof", "Weiter zu zweit");
  await clara.room.hears("Weiter zu zweit");
  await clara.room.openInfo();
  await expect(clara.roomInfo.member(clara.name)).toContainText("Leitung");
  await expect(clara.roomInfo.member(anna.name)).toHaveCount(0);
  await anna.room.hears("Alle am Gleis");
  await expect(anna.room.message("Weiter zu zweit")).toHaveCount(0);
});

test("with letters of 200 % on a small phone everything about roles can be reached, and nothing stands out at the side", async ({
  colleague,
  join,
}) => {
  const [anna, ben] = [await join(), await colleague()];
  await anna.settings.open();
  await anna.settings.choose("200 %");
  await anna.settings.back();
  const isWithin = async () => {
    const wide = await anna.page.evaluate(() =>
      [...document.querySelectorAll("button, input, h1, h2, h3, p")]
        .filter((one) => one.checkVisibility() && !one.closest("[inert], .unseen, fieldset"))
        .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
        .map((one) => one.textContent),
    );
    expect(wide).toEqual([]);
  };
  await anna.rooms.startNewChat();
  await anna.newChat.startGroup();
  await anna.newChat.makeChannel();
  await anna.newChat.pick(ben.name);
  await isWithin();
  await anna.newChat.found("Lagezentrum");
  await anna.room.isShown("Lagezentrum");
  await anna.room.send("Alles lesbar");
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(ben.name)).toContainText("Nur lesen");
  await isWithin();
  await anna.roomInfo.menu(ben.name).click();
  await isWithin();
  await anna.page.keyboard.press("Escape");
  await anna.roomInfo.openLeaving();
  await isWithin();
});
