/** The letter on paper: scanned by the app or typed, and neither leaves its secret in the browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { formatActivationLink, parseActivationLetter } from "@nimes/protocol/activation-link";
import { orgIdOf } from "@nimes/protocol/ids";
import { formatLetterCode, letterQrText } from "@nimes/protocol/letter-code";
import type { Page } from "@playwright/test";
import { chromium } from "@playwright/test";
import { hasNoFaults } from "../fixtures/axe.ts";
import { cameraShowing, holdBeforeCamera } from "../fixtures/paper-before-camera.ts";
import { searchFiles } from "../fixtures/search-files.ts";
import { desktop, expect, phone, test } from "../fixtures/test.ts";
import type { Letter } from "../pages/officer.ts";
import { Officer } from "../pages/officer.ts";

function onPaper({ url }: Letter) {
  const letter = parseActivationLetter(url);
  if (!letter.ok) throw new Error(letter.code);
  return { letter: letter.value, groups: formatLetterCode(letter.value) };
}
/** A symbol that is not this one. */
const another = (symbol: string): string => (symbol === "7" ? "8" : "7");

test("a typed code stands in its groups, the group that is wrong is named, and the letter activates", async ({
  arrive,
}) => {
  const anna = await arrive();
  const { groups } = onPaper(anna.letter);
  await anna.activation.openAddress(anna.letter.url);
  await hasNoFaults(anna);
  const { code } = anna.activation;
  const wrong = groups.map((group, at) => (at === 8 ? another(group.charAt(0)) + group.slice(1) : group));
  await code.pressSequentially(wrong.join("").toLowerCase().replaceAll("0", "o"));
  await expect(code).toHaveValue(wrong.join(" "));
  await expect(anna.activation.problem).toContainText(`Gruppe 9 stimmt nicht: ${wrong[8]}`);
  await hasNoFaults(anna);

  // The wrong group is selected, so that what is typed replaces it.
  await code.press("Enter");
  await code.pressSequentially(groups[8] ?? "");
  await expect(code).toHaveValue(groups.join(" "));
  await expect(anna.activation.problem).toBeEmpty();
  await expect(anna.page.getByText("13 von 13 Gruppen stimmen.")).toBeVisible();
  await code.press("Enter");
  await expect(anna.activation.fact("Name")).toHaveText(anna.letter.name);
  await expect(anna.activation.linkStays).toBeHidden();
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();
});

test("a code that is not complete says where to go on, and one of another organisation what it is", async ({
  arrive,
}) => {
  const anna = await arrive({ ...desktop, colorScheme: "dark" });
  const { letter, groups } = onPaper(anna.letter);
  await anna.activation.openAddress(anna.letter.url);
  await anna.activation.paste(groups.slice(0, 4).join("-"));
  await expect(anna.activation.problem).toContainText("weiter mit Gruppe 5");
  await hasNoFaults(anna);
  const foreign = { ...letter, orgId: orgIdOf(crypto.getRandomValues(new Uint8Array(32))) };
  await anna.activation.paste(formatLetterCode(foreign).join("\n"));
  await expect(anna.activation.problem).toContainText("anderen Organisation");
});

test("where there is no camera, or it is refused, it says what to do, and the code can be typed", async ({
  arrive,
}) => {
  const anna = await arrive();
  await anna.activation.openAddress(anna.letter.url);
  await anna.activation.scan.click();
  await expect(anna.activation.problem).toContainText("den Code eintippen");
  await hasNoFaults(anna);
  await anna.page.getByRole("button", { name: "Code eintippen" }).click();
  await anna.activation.paste(onPaper(anna.letter).groups.join(" "));
  await expect(anna.activation.fact("Name")).toHaveText(anna.letter.name);
});

/** From the next load on, keeps what the page gets of the camera, so that a test can see that it ends. */
const keepCameras = (page: Page) =>
  page.addInitScript(() => {
    const cameras: MediaStream[] = [];
    Object.assign(globalThis, { cameras });
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      cameras.push(stream);
      return stream;
    };
  });
const camerasOf = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    (globalThis as unknown as { cameras: MediaStream[] }).cameras.flatMap((stream) =>
      stream.getTracks().map(({ kind, readyState }) => `${kind} ${readyState}`),
    ),
  );

test("a scanned letter activates; the camera ends with it, and no secret stays in the browser's profile", async ({
  pilot,
  launchOptions,
}) => {
  const folder = mkdtempSync(pathOf(tmpdir(), "nimes-letter-"));
  const [profile, video] = [pathOf(folder, "profile"), pathOf(folder, "paper.y4m")];
  const args = [...(launchOptions.args ?? []), ...cameraShowing(video)];
  const open = () =>
    chromium.launchPersistentContext(profile, { ...launchOptions, args, ...phone, locale: "de-DE" });
  const [scanned, opened] = [await pilot.takeLetter(), await pilot.takeLetter()];
  const { letter, groups } = onPaper(scanned);
  const secret = groups.slice(7);
  const words = [secret.join(""), secret.join(" "), Buffer.from(letter.secret)];

  let context = await open();
  const anna = new Officer(context.pages()[0] ?? (await context.newPage()), scanned);
  await context.grantPermissions(["camera"]);
  await keepCameras(anna.page);
  await anna.activation.openAddress(scanned.url);
  // Another QR code first: nothing comes of it.
  holdBeforeCamera(video, "https://example.org/menu");
  await anna.activation.scan.click();
  await expect(anna.page.getByText("gehört zu keinem Aktivierungsbrief")).toBeVisible();
  await hasNoFaults(anna);
  expect(await camerasOf(anna.page)).toEqual(["video live"]);
  await anna.page.getByRole("button", { name: "Code eintippen" }).click();
  await expect.poll(() => camerasOf(anna.page)).toEqual(["video ended"]);

  holdBeforeCamera(video, letterQrText(letter));
  await anna.activation.scan.click();
  await expect(anna.activation.fact("Name")).toHaveText(scanned.name);
  expect(await camerasOf(anna.page)).toEqual(["video ended", "video ended"]);
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();
  expect(anna.problems).toEqual([]);
  await context.close();
  expect(searchFiles(profile, words).found).toEqual([]);

  // What a link leaves behind, although it is taken out of the address bar at once; and that the search finds it.
  context = await open();
  const page = await context.newPage();
  await page.goto(opened.url);
  await expect(page.getByText(opened.name)).toBeVisible();
  await context.close();
  expect(searchFiles(profile, [formatLetterCode(onPaper(opened).letter).join("")]).found).not.toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

test("a link that is pasted becomes its code", async ({ arrive }) => {
  const anna = await arrive();
  const { letter, groups } = onPaper(anna.letter);
  await anna.activation.openAddress(anna.letter.url);
  await anna.activation.code.fill(formatActivationLink("https://nimes.example.de", letter));
  await expect(anna.activation.code).toHaveValue(groups.join(" "));
});
