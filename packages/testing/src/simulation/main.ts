/**
 * `npm run simulate -- --seconds 60 [--seed S] [--hostile] [--only LABEL] [--confirm] [--report FILE]`: worlds one after the
 * other, each with a seed of its own, until the time is over; with a seed that world alone.
 *
 * `--confirm` is for a machine that may be busy with anything. A seed repeats deeds and lies, and not how long each takes: a
 * world in which something did not come right in time is lived up to twice more, and fails where it never comes right. What
 * was read or shown and never meant so fails at once.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { runWorld, type WorldOutcome } from "./world.ts";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h", default: false },
    seconds: { type: "string", default: "60" },
    /** Runs this world alone. */
    seed: { type: "string" },
    hostile: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    confirm: { type: "boolean", default: false },
    /** Takes the last line, too. */
    report: { type: "string" },
  },
});
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

if (values.help) {
  say("npm run simulate -- --seconds 60 [--seed S] [--hostile] [--only LABEL] [--confirm] [--report FILE]");
  process.exit(0);
}
const { hostile, only, confirm } = values;
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? undefined : Number(values.seed);
if (!Number.isFinite(seconds) || (seed !== undefined && !Number.isSafeInteger(seed))) {
  say("--seconds and --seed are numbers.");
  process.exit(1);
}

const sums = { steps: 0, messages: 0, commits: 0, crashes: 0, lies: 0, faults: 0 };
const failed: number[] = [];
/** Worlds that did not come right in time, and did when they were lived again. */
const unconfirmed: number[] = [];
let worlds = 0;

function count(outcome: WorldOutcome, worldSeed: number): void {
  const { steps, counts, lies, faults, history } = outcome;
  sums.steps += steps;
  sums.messages += counts.messages;
  sums.commits += counts.commits;
  sums.crashes += counts.crashes;
  sums.lies += lies.length;
  sums.faults += faults.length;
  if (faults.length > 0) {
    say(`\nworld ${worldSeed}\n${history.join("\n")}\n`);
    for (const fault of faults) say(`✗ ${fault}`);
  }
  say(`world ${worldSeed}: ${faults.length === 0 ? "all laws held" : `${faults.length} faults`}`);
}

// Whoever throws behind everybody's back has broken a law, too; the world that runs is told of it.
let stray: string[] = [];
const notice = (error: unknown): void => {
  stray.push(`nobody heard of: ${error instanceof Error ? error.stack : error}`);
};
process.on("unhandledRejection", notice);
process.on("uncaughtException", notice);

async function live(worldSeed: number): Promise<WorldOutcome> {
  const outcome = await runWorld({ seed: worldSeed, hostile, only }).catch((error: unknown) => {
    // Without this, whoever listens above would take it, and a run without a world would count as a good one.
    say(`✗ world ${worldSeed} does not begin: ${error instanceof Error ? error.stack : error}`);
    process.exit(1);
  });
  const all = {
    ...outcome,
    faults: [...outcome.faults, ...stray],
    breaches: [...outcome.breaches, ...stray],
  };
  stray = [];
  count(all, worldSeed);
  return all;
}

async function fails(worldSeed: number): Promise<boolean> {
  worlds += 1;
  const { faults, breaches } = await live(worldSeed);
  if (faults.length === 0) return false;
  if (!confirm || breaches.length > 0) return true;
  for (const _ of ["second", "third"]) {
    const again = await live(worldSeed);
    if (again.breaches.length > 0) return true;
    if (again.faults.length > 0) continue;
    unconfirmed.push(worldSeed);
    return false;
  }
  return true;
}

const first = seed ?? Math.floor(Math.random() * 2 ** 31);
const deadline = Date.now() + seconds * 1_000;
for (let next = first; ; next += 1) {
  if (await fails(next)) failed.push(next);
  if (seed !== undefined || Date.now() >= deadline) break;
}
for (const worldSeed of failed)
  say(`Once more: npm run simulate -- --seed ${worldSeed}${hostile ? " --hostile" : ""}`);
const figures = JSON.stringify({ seed: first, hostile, worlds, ...sums, failed, unconfirmed });
if (values.report !== undefined) writeFileSync(values.report, figures);
say(figures);
process.exit(failed.length === 0 ? 0 : 1);
