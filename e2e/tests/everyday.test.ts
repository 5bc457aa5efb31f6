/** What people do without thinking: leave and come back, go back, look twice, make it larger. */
import { execFileSync } from "node:child_process";
import { cameraPicture } from "../fixtures/camera-picture.ts";
import { desktop, expect, phone, test } from "../fixtures/test.ts";
import { SettingsScreen } from "../pages/settings-screen.ts";

test("a draft is kept for its room, shown in the list, and gone once it is sent", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.composer.fill("Ich frage noch nach");
  await anna.room.back();
  await expect(anna.rooms.row(ben.name)).toContainText("Entwurf: Ich frage noch nach");
  await anna.reload();
  await anna.rooms.open(ben.name);
  await expect(anna.room.composer).toHaveValue("Ich frage noch nach");
  await anna.room.composer.press("ControlOrMeta+End");
  await anna.room.composer.pressSequentially(" der Kamera");
  await anna.page.getByRole("button", { name: "Senden" }).click();
  await anna.room.hasTick("Ich frage noch nach der Kamera", "Zugestellt");
  await anna.room.back();
  await expect(anna.rooms.row(ben.name)).not.toContainText("Entwurf");
});

test("the back button leads from the room info to the room to the list, and the address says nothing of it", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(phone), await colleague()];
  const address = anna.page.url();
  await anna.writeTo(ben);
  await anna.room.openInfo();
  await expect(anna.roomInfo.member(ben.name)).toBeVisible();
  expect(anna.page.url()).toBe(address);
  await anna.page.goBack();
  await expect(anna.room.composer).toBeVisible();
  await anna.page.goBack();
  await anna.rooms.isShown();
  await expect(anna.rooms.row(ben.name)).toBeVisible();
});

test("a room opens at the first unread message, says how many there are, and has been read then", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(phone), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Antreten");
  await anna.room.back();
  for (let number = 1; number <= 25; number++) await ben.say(anna.name, `Meldung ${number} vom Südausgang`);
  await expect(anna.rooms.row(ben.name)).toContainText("25 ungelesen");
  await anna.rooms.open(ben.name);
  await expect(anna.room.notice("25 neue Nachrichten")).toBeInViewport();
  await expect(anna.room.message("Meldung 1 vom")).toBeInViewport();
  await expect(anna.room.message("Meldung 25 vom")).not.toBeInViewport();
  await anna.page.getByRole("button", { name: /^Zum Ende/ }).click();
  await expect(anna.room.message("Meldung 25 vom")).toBeInViewport();
  await anna.room.back();
  await expect(anna.rooms.row(ben.name)).not.toContainText("ungelesen");
});

test("what comes while another window has the focus stays unread behind a divider, until somebody looks", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Ich telefoniere");
  const turn = (to: "focus" | "blur") =>
    anna.page.evaluate((type) => {
      document.hasFocus = () => type === "focus";
      window.dispatchEvent(new FocusEvent(type));
    }, to);
  await turn("blur");
  for (let number = 1; number <= 25; number++) await ben.say(anna.name, `Meldung ${number} vom Nordtor`);
  await expect(anna.rooms.row(ben.name)).toContainText("25 ungelesen");
  await expect(anna.room.notice("25 neue Nachrichten")).toBeInViewport();
  await expect(anna.room.message("Meldung 1 vom")).toBeInViewport();
  await expect(anna.room.message("Meldung 25 vom")).not.toBeInViewport();
  await turn("focus");
  await anna.page.getByRole("button", { name: /^Zum Ende/ }).click();
  await expect(anna.room.message("Meldung 25 vom")).toBeInViewport();
  await expect(anna.rooms.row(ben.name)).not.toContainText("ungelesen");
});

test("a text that is too long says so and stays in its field", async ({ colleague, settled }) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.composer.fill("x".repeat(33 * 1024));
  await anna.page.getByRole("button", { name: "Senden" }).click();
  await expect(anna.page.getByRole("alert")).toHaveText("Das ist zu groß zum Senden.");
  // What was typed is still there.
  await expect(anna.room.composer).toHaveValue(/^x+$/);
  await anna.room.composer.fill("Kurz");
  await expect(anna.page.getByRole("alert")).toHaveCount(0);
  // What nobody could shorten is not taken at all, and the field is what it was.
  await anna.room.composer.evaluate((field) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "y".repeat(900_000));
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  });
  await expect(anna.page.getByRole("alert")).toHaveText("Das ist zu groß zum Senden.");
  await expect(anna.room.composer).toHaveValue("Kurz");
});

test("without network a bar says at once how many messages wait, and goes when they have gone", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("eins");
  await anna.room.hasTick("eins", "Zugestellt");
  await anna.goOffline();
  await expect(anna.rooms.connectionBar).toContainText("Kein Netz.", { timeout: 3_000 });
  await anna.room.send("zwei");
  await anna.room.send("drei");
  await expect(anna.rooms.connectionBar).toHaveText(
    "Kein Netz. 2 Nachrichten warten, sie gehen von selbst raus.",
  );
  await anna.goOnline();
  await anna.room.hasTick("drei", "Zugestellt");
  await expect(anna.rooms.connectionBar).toBeEmpty();
});

test("two who begin to write to each other at the same moment end up in one room, with everything that was written", async ({
  join,
}) => {
  const [anna, ben] = [await join(), await join(desktop)];
  for (const [officer, other] of [
    [anna, ben],
    [ben, anna],
  ] as const) {
    await officer.rooms.startNewChat();
    await officer.newChat.search(other.name);
    await expect(officer.newChat.person(other.name)).toBeVisible();
    await officer.goOffline();
    await officer.newChat.person(other.name).click();
    await officer.room.isShown(other.name);
    await officer.room.send(`Hier ${officer.name}`);
  }
  await anna.goOnline();
  await ben.goOnline();
  for (const officer of [anna, ben])
    for (const other of [anna, ben]) await officer.room.hears(`Hier ${other.name}`);
  await anna.room.send("Jetzt sind wir zusammen");
  await ben.room.hears("Jetzt sind wir zusammen");
  await expect(ben.rooms.row(anna.name)).toHaveCount(1);
});

test("a photo under way shows how far it is, and can be cancelled; nobody hears of it", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Gleich kommt ein Foto");
  // The first bytes go, the rest is held up.
  const held = Promise.withResolvers<void>();
  await anna.page.context().route("**/attachments/**", async (route) => {
    await held.promise;
    await route.abort();
  });
  await anna.room.sendPicture({ file: await cameraPicture(anna.page), caption: "Doch nicht" });
  await expect(anna.page.getByRole("progressbar", { name: "Wird hochgeladen" })).toBeVisible();
  await anna.page.getByRole("button", { name: "Hochladen abbrechen" }).click();
  await expect(anna.room.message("Doch nicht")).toHaveCount(0);
  held.resolve();
  await anna.room.send("Anderes Mal");
  await ben.hears(anna.name, "Anderes Mal");
  expect(await ben.texts(anna.name)).toEqual(["Gleich kommt ein Foto", "Anderes Mal"]);
});

test("language, colours and text size are kept, and nothing is cut off at 200 %", async ({
  colleague,
  join,
}) => {
  const [anna, ben] = [await join(phone), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Alle Kräfte zum Bahnhofsvorplatz, Treffpunkt Taxistand");
  await anna.room.back();
  const settings = new SettingsScreen(anna.page);
  await settings.open();
  await settings.choose("200 %");
  // What the press brought into view has moved nothing that does not scroll.
  await expect(anna.page.getByRole("button", { name: "Zurück" })).toBeInViewport();
  await settings.choose("Dunkel");
  await anna.page.goBack();
  await anna.reload();
  await expect(anna.page.locator("html")).toHaveAttribute("data-theme", "dark");
  await anna.rooms.open(ben.name);
  await anna.room.hears("Treffpunkt Taxistand");
  const overflow = () =>
    anna.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("header, form, article, [data-testid=timeline]")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 80)),
    );
  // The room slides in from the side.
  await expect.poll(overflow).toEqual([]);
  await anna.page.goBack();
  await settings.open();
  await settings.choose("English");
  await expect(anna.page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("the diagnosis says how the connection is, and nothing of what was written", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(phone), await colleague()];
  await anna.writeTo(ben);
  await anna.room.send("Streng vertraulich");
  await anna.room.back();
  const settings = new SettingsScreen(anna.page);
  await settings.open();
  await settings.openDiagnosis();
  await expect(settings.fact("Verbindung")).toHaveText("Verbunden");
  const diagnosis = anna.page.locator("dl");
  await expect(diagnosis).not.toContainText("vertraulich");
  await expect(diagnosis).not.toContainText(ben.name);
});

test("whoever has the app gets its source from the same server, and is told when it cannot be had", async ({
  settled,
}) => {
  const anna = await settled();
  const settings = new SettingsScreen(anna.page);
  await settings.open();
  await settings.openLicences();
  const button = anna.page.getByRole("button", { name: "Quelltext herunterladen" });
  const coming = anna.page.waitForEvent("download");
  await button.click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe("nimes-source.tar.gz");
  const packed = execFileSync("tar", ["-tzf", await download.path()], { encoding: "utf8" }).split("\n");
  expect(packed).toEqual(expect.arrayContaining(["package-lock.json", "LICENSE", "apps/server/src/main.ts"]));
  await anna.page.context().route("**/v1/source", (route) => route.fulfill({ status: 404 }));
  await button.click();
  await expect(anna.page.getByText(/Der Quelltext ließ sich nicht laden/)).toBeVisible();
});

test("on a desktop Enter sends, Shift and Enter begin a line, and the list stays beside the room", async ({
  colleague,
  settled,
}) => {
  const [anna, ben] = [await settled(desktop), await colleague()];
  await anna.writeTo(ben);
  await anna.room.composer.pressSequentially("erste Zeile");
  await anna.room.composer.press("Shift+Enter");
  await anna.room.composer.pressSequentially("zweite Zeile");
  await anna.room.composer.press("Enter");
  await anna.room.hasTick("zweite Zeile", "Zugestellt");
  expect(await anna.room.texts()).toEqual(["erste Zeile\nzweite Zeile"]);
  await expect(anna.rooms.row(ben.name)).toContainText("erste Zeile zweite Zeile");
});
