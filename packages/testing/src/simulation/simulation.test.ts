/** What the lists of single faults forget: many things at once, at random (TESTS, "a whole-system simulation"). */
import { expect, test } from "vitest";
import { runWorld } from "./world.ts";

/** Seeds that once failed stay. `npm run simulate` tries others. */
const honest = [39, 48, 816, 807, 602];

test.for(honest)(
  "phones that die and sleep, lines that break, a server that starts again: nothing promised is lost, nothing doubled, one order (F7, F9, seed %i)",
  { timeout: 600_000 },
  async (seed) => {
    const { faults, history } = await runWorld({ seed, hostile: false, only: [] });
    expect(faults, history.join("\n")).toEqual([]);
  },
);
