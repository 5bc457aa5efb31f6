/**
 * One world: officers who do at random what officers do, while phones die and sleep, lines break, and the server starts
 * again or, in a hostile world, makes things up. The same seed makes the same choices and tells the n-th frame's lie;
 * what happens between them differs a little from run to run, because server and encryption are real.
 */
import { knows } from "../scenarios/officers.ts";
import { type OpenWorld, openWorld } from "../scenarios/open-world.ts";
import { breakages, restartServer } from "./breakages.ts";
import { checkEveryStep } from "./check-every-step.ts";
import { comeBack, isReady } from "./come-back.ts";
import { type Deed, officersDeeds } from "./deeds.ts";
import { healWorld } from "./heal-world.ts";
import { growsTooMuch, heapInUse } from "./laws/bounds.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createLiar, type Liar } from "./lies/liar.ts";
import { createFleet, type Fleet } from "./phones/fleet.ts";
import type { Phone } from "./phones/phone.ts";
import { type Random, randomOf } from "./random.ts";

export type WorldOptions = {
  seed: number;
  hostile: boolean;
  /** Labels of lies, or their beginnings, that alone are told; empty for the seed's choice. */
  only: readonly string[];
};

export type WorldOutcome = Omit<Ledger, "faults" | "breaches"> & {
  faults: string[];
  /** Those of the faults that count at the first time. */
  breaches: string[];
  steps: number;
  lies: Liar["told"];
};

export type World = {
  here: OpenWorld;
  fleet: Fleet;
  ledger: Ledger;
  liar: Liar;
  hostile: boolean;
};

const names = ["Anna", "Bernd", "Clara", "Dora"];
const stepsIn = { honest: 60, hostile: 30 };

export async function runWorld(options: WorldOptions): Promise<WorldOutcome> {
  const { seed, hostile } = options;
  const ledger = createLedger();
  const liar = createLiar(seed, options.only, ({ officer, label, detail }) =>
    ledger.history.push(`lie to ${officer}: ${label} ${detail}`),
  );
  const before = heapInUse();
  const here = await openWorld();
  const fleet = createFleet({ here, liar, ledger, seed });
  const world = { here, fleet, ledger, liar, hostile };
  const steps = hostile ? stepsIn.hostile : stepsIn.honest;
  try {
    await meet(fleet);
    fleet.spoil();
    if (hostile) liar.lieTo("everybody");
    await live(world, steps, seed);
    await healWorld(world);
  } catch (error) {
    ledger.faults.add(`the simulation itself: ${error instanceof Error ? error.stack : error}`);
  }
  await fleet.close();
  await here.close();
  for (const bug of here.bugs) ledger.faults.add(`bug: ${bug instanceof Error ? bug.stack : bug}`);
  for (const fault of growsTooMuch(before, heapInUse())) ledger.faults.add(fault);
  return { ...ledger, faults: [...ledger.faults], breaches: [...ledger.breaches], steps, lies: liar.told };
}

async function meet(fleet: Fleet): Promise<void> {
  for (const name of names) await fleet.join(name);
  for (const { officer } of fleet.phones)
    for (const other of fleet.phones) if (other.officer !== officer) await knows(officer, other.officer);
}

async function live(world: World, steps: number, seed: number): Promise<void> {
  const { here, fleet, ledger, hostile } = world;
  const { phones } = fleet;
  const newPhones = hostile && randomOf(seed, "new phones").chance(0.5);
  const deeds = {
    ...officersDeeds({ phones, ledger, mayComeBack: hostile }),
    ...breakages({ fleet, ledger, newPhones }),
  };
  for (let step = 1; step <= steps; step += 1) {
    const random = randomOf(seed, "step", step);
    ledger.history.push(`step ${step}`);
    if (random.chance(0.03)) await restartServer(here, ledger);
    const busy = phones.filter(() => random.chance(hostile ? 0.7 : 0.5));
    await Promise.all(
      busy.map((phone) => act(phone, { deeds, world, random: randomOf(seed, phone.name, step) })),
    );
    if (hostile) await new Promise((resolve) => setTimeout(resolve, 50 + random.below(200)));
    await checkEveryStep(world);
  }
}

async function act(
  phone: Phone,
  { deeds, world, random }: { deeds: Record<string, Deed>; world: World; random: Random },
): Promise<void> {
  const { ledger } = world;
  if (!(await isReady(phone))) {
    ledger.history.push(`${phone.name}: wake`);
    await comeBack(phone, world);
    return;
  }
  const name = someDeed(deeds, random);
  ledger.history.push(`${phone.name}: ${name}`);
  const writesToo = name !== "sleep" && name !== "replace" && random.chance(0.3);
  const deed = Promise.all([deeds[name]?.do(phone, random), writesToo && deeds.text?.do(phone, random)]);
  // What a phone was doing when it died never comes back.
  await Promise.race([deed, phone.crash.died]);
}

function someDeed(deeds: Record<string, Deed>, random: Random): string {
  const names = Object.entries(deeds).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  return random.oneOf(names) ?? "text";
}
