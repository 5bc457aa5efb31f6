/** The page of claims and the protocol say the same: a field that comes later has to be judged, and said to be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rowsOf, saidByServer } from "./claims-page.ts";

const rows = rowsOf(readFileSync(join(import.meta.dirname, "../../../../docs/claims.md"), "utf8"));
const listed = rows.flatMap(({ values }) => values);

test("whatever the server can say stands on the page of claims", () => {
  expect(saidByServer().filter((value) => !listed.includes(value))).toEqual([]);
});

test("the page of claims lists nothing that the server cannot say, and nothing twice", () => {
  const said = saidByServer();
  expect(listed.filter((value, index) => !said.includes(value) || listed.indexOf(value) !== index)).toEqual(
    [],
  );
});

test("every row of the page of claims cites a test that lies about it", () => {
  expect(rows.filter(({ cites }) => !cites)).toEqual([]);
});

test("frames, lists, signed structures, unions and answers without a body are named", () => {
  expect(saidByServer()).toEqual(
    expect.arrayContaining([
      "delivered.sequence",
      "entries.entries[].digest",
      "inbox.items[].roles",
      "getOrganisation.manifests",
      "getDirectory.entries[].former[].links",
      "caught-up",
      "postSignOut",
      "getAttachment",
      "refusal.code",
    ]),
  );
});

test("a row is read with several values, a head and a rule are none", () => {
  const page = "| said | what it may change |\n|---|---|\n| `a.b`, `c` | nothing | x “y” |\ntext with `code`";
  expect(rowsOf(page)).toEqual([{ values: ["a.b", "c"], cites: true }]);
});
