/**
 * A disk that is full, or a program that is killed, at the n-th step of what `nimes` writes. In a test file:
 * `vi.mock("node:fs", async (original) => faultyDisk(await original(), plan))`.
 */
import type * as Fs from "node:fs";

/** `killed`: nothing that comes after happens. `full`: nothing more fits; giving up and taking away still work. */
export type Fault = "killed" | "full";
/** `at`: the first step that fails, from 1; `steps`: how many there were. */
export type Plan = { fault: Fault | "none"; at: number; steps: number };

/** No error of the system: nobody may catch it and go on. */
export class Killed extends Error {}

const steps = [
  "openSync",
  "writeFileSync",
  "fchmodSync",
  "fsyncSync",
  "closeSync",
  "linkSync",
  "renameSync",
  "mkdirSync",
  "rmSync",
] as const;
type Step = (typeof steps)[number];
type AnyStep = (...args: unknown[]) => unknown;
const needsNoSpace: readonly Step[] = ["rmSync", "closeSync", "fchmodSync"];

/** The file system, failing as the plan says. */
export function faultyDisk(fs: typeof Fs, plan: Plan): typeof Fs {
  const wrap =
    (name: Step, step: AnyStep): AnyStep =>
    (...args) => {
      plan.steps += 1;
      const isAfter = plan.fault !== "none" && plan.steps >= plan.at;
      if (!isAfter || (plan.fault === "full" && needsNoSpace.includes(name))) return step(...args);
      // Half of it has reached the disk.
      const [file, data] = args;
      if (name === "writeFileSync" && plan.steps === plan.at && typeof file === "number")
        step(file, Buffer.from(data as string | Uint8Array).subarray(0, 20));
      if (name === "closeSync") step(...args);
      throw plan.fault === "killed" ? new Killed() : Object.assign(new Error("full"), { code: "ENOSPC" });
    };
  // Nothing here loses power: waiting for the disk would only take time.
  const fast = { ...fs, fsyncSync: () => {} };
  const failing = steps.map((name) => [name, wrap(name, fast[name] as AnyStep)]);
  return { ...fs, ...(Object.fromEntries(failing) as Pick<typeof Fs, Step>) };
}
