/** What others write is text and nothing else, whatever it looks like. */
import { expect, test } from "../fixtures/test.ts";

test("HTML, Markdown and addresses are shown as they were typed (B7)", async ({ colleague, settled }) => {
  const [anna, ben] = [await colleague(), await settled()];
  const hostile = [
    "<img src=x onerror=\"document.title='taken'\">",
    "<script>document.title='taken'</script>",
    "[hier](javascript:alert(1)) **fett** `code`",
    "https://example.org/pfad?a=1#b und javascript:alert(1)",
    "&lt;b&gt; &amp; {{7*7}} %s",
  ];
  for (const text of hostile) await anna.writeTo(ben, text);
  await ben.rooms.open(anna.name);
  await ben.room.hears("{{7*7}}");
  expect(await ben.room.texts()).toEqual(hostile);
  await expect(ben.room.log.locator("a, script, iframe, object, b, strong, code")).toHaveCount(0);
  expect(await ben.page.title()).toMatch(/NIMes$/);
});

test("names with bidi controls, paths and 80 characters turn nothing around them and break no layout (B6)", async ({
  settled,
}) => {
  const [anna, ben] = [await settled(), await settled()];
  await anna.rooms.startNewChat();
  await anna.newChat.startGroup();
  await anna.newChat.pick(ben.name);
  await anna.newChat.found(`\u202eexe.\u2066../../etc/passwd ${"W".repeat(50)}`);
  const row = ben.rooms.row("../../etc/passwd");
  await expect(row).toBeVisible();
  expect(await row.textContent()).not.toMatch(/\p{Bidi_Control}/u);
  const width = await ben.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(width).toBe(0);
});

test("a text that turns the direction turns only itself (B6)", async ({ colleague, settled }) => {
  const [anna, ben] = [await colleague(), await settled()];
  await anna.writeTo(ben, "Treffpunkt \u202eenies nebegre hcuA");
  await ben.rooms.open(anna.name);
  const message = ben.room.message("Treffpunkt");
  await expect(message).toBeVisible();
  const text = message.locator("[dir=auto]");
  expect(await text.evaluate((element) => getComputedStyle(element).unicodeBidi)).toBe("isolate");
  // The time stands to the right of the text, as in every other bubble.
  const [words, time] = await Promise.all([text.boundingBox(), message.locator("time").boundingBox()]);
  expect((time?.x ?? 0) > (words?.x ?? Number.POSITIVE_INFINITY)).toBe(true);
});

test("what cannot be drawn becomes a row that says so, in the room as in the list, and takes nothing else with it", async ({
  colleague,
  join,
}) => {
  const [anna, ben] = [await colleague(), await join()];
  await anna.writeTo(ben, "erste");
  await ben.rooms.open(anna.name);
  await ben.room.hears("erste");
  // Two of the browser's own functions that every message and every line of the list needs throw from now on.
  await ben.page.evaluate(() => {
    Date.prototype.toISOString = () => {
      throw new RangeError("planted");
    };
    Object.defineProperty(Intl.DateTimeFormat.prototype, "format", {
      get: () => {
        throw new RangeError("planted");
      },
    });
  });
  await anna.writeTo(ben, "zweite");
  await expect(ben.room.notice(/Eine Nachricht, die hier nicht angezeigt werden kann/).last()).toBeVisible();
  // The rest of the room works on.
  await ben.room.composer.fill("was stand da?");
  await ben.page.getByRole("button", { name: "Senden" }).click();
  await anna.hears(ben.name, "was stand da?");
  await ben.room.back();
  const line = ben.rooms.row("Ein Chat, der hier nicht angezeigt werden kann");
  await line.getByRole("button").click();
  await expect(ben.room.composer).toBeVisible();
});
