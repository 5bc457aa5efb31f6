import type { Directory, Person } from "@nimes/client/nimes-client";
import type { UnitId, UserId } from "@nimes/protocol/ids";
import { expect, test } from "vitest";
import { firstOpen, treeRows } from "./tree.ts";

const person = (name: string, unit: string, does = "Streife"): Person => ({
  userId: name as UserId,
  displayName: name,
  unitId: unit as UnitId,
  unitName: unit,
  function: does,
  reachable: true,
  devices: [],
});
const directory: Directory = {
  units: [
    { unitId: "hannover" as UnitId, name: "PI Hannover" },
    { unitId: "celle" as UnitId, name: "PI Celle" },
    { unitId: "leer" as UnitId, name: "PI Leer" },
  ],
  people: [person("Zoe", "celle"), person("Anna", "celle", "Lage"), person("Ben", "hannover")],
};
const nobody = new Set<UserId>();
const keys = (view: Partial<Parameters<typeof treeRows>[1]>) =>
  treeRows(directory, { query: "", open: new Set(), without: nobody, ...view }).map((row) => row.key);

test("units stand in order, with people only while they are open, and not when nobody is in them", () => {
  expect(keys({})).toEqual(["celle", "hannover"]);
  expect(keys({ open: new Set(["celle" as UnitId]) })).toEqual(["celle", "Anna", "Zoe", "hannover"]);
});

test("a search finds by name, unit and function, whatever is open", () => {
  expect(keys({ query: "lage" })).toEqual(["Anna"]);
  expect(keys({ query: "celle" })).toEqual(["Anna", "Zoe"]);
  expect(keys({ query: "nobody" })).toEqual([]);
});

test("those already in a room are left out, and a unit without others too", () => {
  expect(keys({ without: new Set(["Ben" as UserId]) })).toEqual(["celle"]);
});

test("a small directory is open from the start, a large one only at the own unit", () => {
  expect(firstOpen(directory, "PI Celle").size).toBe(3);
  const many = Array.from({ length: 60 }, (_, index) => person(`P${index}`, "celle"));
  expect([...firstOpen({ ...directory, people: many }, "PI Celle")]).toEqual(["celle"]);
});
