/** The letter: used once, and every way in which it can be wrong says what to do. */
import { formatActivationLink, parseActivationLetter } from "@nimes/protocol/activation-link";
import { orgIdOf } from "@nimes/protocol/ids";
import { expect, test } from "../fixtures/test.ts";

test("the letter shows whom it is for, and its secret leaves the address bar at once", async ({ arrive }) => {
  const anna = await arrive();
  await anna.activation.open(anna.letter.url);
  await expect(anna.activation.fact("Name")).toHaveText(anna.letter.name);
  await expect(anna.activation.fact("Dienststelle")).toHaveText(anna.letter.unit);
  await expect(anna.activation.linkStays).toBeVisible();
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();
  expect(new URL(anna.page.url()).hash).toBe("");
});

test("a letter that was used says so, and to whom to turn (D4)", async ({ arrive, settled }) => {
  const anna = await settled();
  const thief = await arrive();
  await thief.activation.open(anna.letter.url);
  await expect(thief.activation.problem).toContainText("wurde schon benutzt");
});

test("a mistyped letter says to compare it", async ({ arrive }) => {
  const anna = await arrive();
  const link = anna.letter.url;
  const middle = Math.floor(link.length * 0.75);
  const wrong = link.slice(0, middle) + (link[middle] === "A" ? "B" : "A") + link.slice(middle + 1);
  await anna.activation.open(wrong);
  await expect(anna.activation.problem).toContainText("mit dem Brief vergleichen");
});

test("a letter of another organisation says so", async ({ arrive }) => {
  const anna = await arrive();
  const parsed = parseActivationLetter(anna.letter.url);
  if (!parsed.ok) throw new Error(parsed.code);
  const foreign = { ...parsed.value, orgId: orgIdOf(crypto.getRandomValues(new Uint8Array(32))) };
  const link = formatActivationLink(new URL(anna.letter.url).origin, foreign);
  await anna.activation.open(link);
  await expect(
    anna.page.getByRole("heading", { name: "Brief und App gehören nicht zusammen" }),
  ).toBeVisible();
  await anna.activation.openAddress(link);
  await anna.activation.paste(link);
  await expect(anna.activation.problem).toContainText("anderen Organisation");
});

test("without network the letter stays valid and works later", async ({ arrive }) => {
  const anna = await arrive();
  await anna.activation.openAddress(anna.letter.url);
  await anna.goOffline();
  await anna.activation.paste(anna.letter.url);
  await expect(anna.activation.problem).toContainText("Kein Netz");
  await anna.goOnline();
  await anna.activation.tryAgain();
  await anna.activation.finish(anna.pin);
  await anna.rooms.isShown();
});
