import { expect, test } from "vitest";
import { judgePin } from "./pin-rules.ts";
import { pinStrength } from "./pin-strength.ts";

test("a PIN that is too short or among the common ones is not taken", async () => {
  expect((await judgePin("a4$Zq1.", 8)).verdict).toBe("too-short");
  for (const common of [
    "12345678",
    "password",
    "qwertzuiop",
    "11111111",
    "Passwort1",
    "abcd1234",
    "polizei1",
    "19851224",
    "sommer2024",
    "hannover96",
  ])
    expect((await judgePin(common, 8)).verdict, common).toBe("too-common");
  for (const good of ["Leinewehr 42", "83914027", "drei Enten am Maschsee"])
    expect((await judgePin(good, 8)).verdict, good).toBe("good");
});

test("length counts characters, not code units", async () => {
  expect((await judgePin("🦆🦢🦉🐸", 8)).verdict).toBe("too-short");
});

test("strength grows from guessed at once to hard to guess", async () => {
  expect(await pinStrength("password")).toBe(0);
  expect(await pinStrength("drei Enten am Maschsee im Regen")).toBe(4);
});
