/** Turns the directory into rows: units that open and close, or what a search finds. */
import type { Directory, Person } from "@nimes/client/nimes-client";
import type { UnitId, UserId } from "@nimes/protocol/ids";
import { matches } from "../texts/names.ts";

export type TreeRow =
  | { row: "unit"; key: string; unitId: UnitId; name: string; people: number; open: boolean }
  | { row: "person"; key: string; person: Person };

/** Up to this many people everything is open from the start. */
const smallDirectory = 40;

/** Units that are open before anybody has touched one: all in a small directory, else the own one. */
export function firstOpen(directory: Directory, ownUnit: string): ReadonlySet<UnitId> {
  const open =
    directory.people.length <= smallDirectory
      ? directory.units
      : directory.units.filter((unit) => unit.name === ownUnit);
  return new Set(open.map((unit) => unit.unitId));
}

export function treeRows(
  directory: Directory,
  view: { query: string; open: ReadonlySet<UnitId>; without: ReadonlySet<UserId> },
): TreeRow[] {
  const people = directory.people
    .filter((person) => !view.without.has(person.userId))
    .toSorted((one, other) => one.displayName.localeCompare(other.displayName, "de"));
  if (view.query.trim() !== "")
    return people
      .filter(({ displayName, unitName, function: does }) =>
        matches(view.query, [displayName, unitName, does]),
      )
      .map(personRow);
  return directory.units
    .toSorted((one, other) => one.name.localeCompare(other.name, "de"))
    .flatMap(({ unitId, name }): TreeRow[] => {
      const members = people.filter((person) => person.unitId === unitId);
      if (members.length === 0) return [];
      const open = view.open.has(unitId);
      const unit: TreeRow = { row: "unit", key: unitId, unitId, name, people: members.length, open };
      return open ? [unit, ...members.map(personRow)] : [unit];
    });
}

const personRow = (person: Person): TreeRow => ({ row: "person", key: person.userId, person });
