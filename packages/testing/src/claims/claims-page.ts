/**
 * Everything that a client takes from the server, as the protocol's schemas name it, and what `docs/claims.md` lists. A
 * signed structure is one value: it is judged whole.
 */

import { nonceHeader } from "@nimes/protocol/routes/route";
import { Problem } from "@nimes/protocol/routes/routes";
import { Signed } from "@nimes/protocol/schema";
import { namedRoutes, serverFrames } from "../simulation/lies/all-lies.ts";
import { alternativesOf, type Shape, shapeOf, signatureOf } from "../simulation/lies/shapes.ts";

const signed = signatureOf(shapeOf(Signed));

/** Names of the values in a shape, as in `entries.entries[].sequence`; of one that says nothing more, its own name. */
function valuesIn(shape: Shape, name: string): string[] {
  const found = alternativesOf(shape).flatMap((one) => {
    if (signatureOf(one) === signed) return [name];
    if (one.items) {
      const inside = valuesIn(one.items, `${name}[]`);
      // A list of plain values or signed structures is one value.
      return inside.every((value) => value === `${name}[]`) ? [name] : inside;
    }
    const fields = Object.entries(one.properties ?? {}).filter(([, field]) => !("const" in field));
    return fields.length === 0 ? [name] : fields.flatMap(([field, of]) => valuesIn(of, `${name}.${field}`));
  });
  return [...new Set(found)];
}

/** What every frame, answer and refusal of the protocol says. */
export const saidByServer = (): string[] => [
  ...serverFrames.flatMap(({ type, shape }) => valuesIn(shape, type)),
  ...namedRoutes.flatMap(({ name, route }) =>
    route.answer === "bytes" ? [name] : valuesIn(shapeOf(route.answer), name),
  ),
  ...valuesIn(shapeOf(Problem), "refusal"),
  nonceHeader,
];

/** A row of a table of the page: the values in its first column, and whether it cites a test. */
export type ClaimsRow = { values: string[]; cites: boolean };

/** @param page Markdown: rows whose first column names values in code spans. */
export const rowsOf = (page: string): ClaimsRow[] =>
  page.split("\n").flatMap((line) => {
    const [before, first = "", ...rest] = line.split("|");
    const values = [...first.matchAll(/`([^`]+)`/g)].map(([, value]) => value ?? "");
    return before === "" && values.length > 0 ? [{ values, cites: rest.join("|").includes("“") }] : [];
  });
