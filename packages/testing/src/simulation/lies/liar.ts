/** Decides which lie is told when. The n-th frame of a kind to an officer has the same fate for the same seed. */
import { type Random, randomOf } from "../random.ts";
import { frameLies, httpLies, submitLies } from "./all-lies.ts";
import { createDictionary, type Dictionary } from "./dictionary.ts";

export type Told = { officer: string; label: string; detail: string };

export type Liar = {
  readonly dictionary: Dictionary;
  readonly told: readonly Told[];
  /** Chooses among the lies that fit the moment. @returns undefined for the truth. */
  choose<L extends { label: string; subject: string }>(
    officer: string,
    moment: { subject: string; lies: readonly L[] },
  ): { lie: L; random: Random } | undefined;
  tell(officer: string, lie: { label: string }, detail?: string): void;
  /** Lies from now on, or says the truth. */
  lieTo(officers: "everybody" | "nobody"): void;
  /** This officer hears the truth, whatever the others hear. */
  spare(officer: string, isSpared: boolean): void;
};

/**
 * Some worlds know a few lies about a few things and tell them often, so that one does not hide another; others know
 * many.
 */
export function lieStyle(
  seed: number,
  only: readonly string[],
): { rate: number; labels: ReadonlySet<string> } {
  const random = randomOf(seed, "style");
  const all = [...frameLies, ...submitLies, ...httpLies];
  const chosen = (which: (lie: (typeof all)[number]) => boolean): ReadonlySet<string> =>
    new Set(all.filter(which).map(({ label }) => label));
  if (only.length > 0)
    return { rate: 0.35, labels: chosen(({ label }) => only.some((one) => label.startsWith(one))) };
  if (random.chance(0.5)) {
    const labels = new Set<string>();
    for (const about of Map.groupBy(all, ({ subject }) => subject).values()) {
      if (!random.chance(0.3)) continue;
      for (let count = 1 + random.below(3); count > 0; count -= 1)
        labels.add(random.oneOf(about)?.label ?? "");
    }
    return { rate: random.oneOf([0.1, 0.3, 1]) ?? 1, labels };
  }
  const share = random.oneOf([0.1, 0.3, 1]) ?? 1;
  return { rate: random.oneOf([0.05, 0.1, 0.2]) ?? 0.1, labels: chosen(() => random.chance(share)) };
}

/** @param only labels, or their beginnings, that alone are told; empty for those that the seed chooses. */
export function createLiar(seed: number, only: readonly string[], onTold: (told: Told) => void): Liar {
  const { rate, labels } = lieStyle(seed, only);
  const moments = new Map<string, number>();
  const told: Told[] = [];
  const spared = new Set<string>();
  let isLying = false;
  return {
    dictionary: createDictionary(),
    told,
    choose(officer, { subject, lies }) {
      if (!isLying || spared.has(officer)) return undefined;
      const which = `${officer} ${subject}`;
      const count = (moments.get(which) ?? 0) + 1;
      moments.set(which, count);
      const random = randomOf(seed, which, count);
      if (!random.chance(rate)) return undefined;
      const lie = random.oneOf(lies.filter(({ label }) => labels.has(label)));
      return lie && { lie, random };
    },
    tell(officer, { label }, detail = "") {
      const one = { officer, label, detail };
      told.push(one);
      onTold(one);
    },
    lieTo(officers) {
      isLying = officers === "everybody";
    },
    spare(officer, isSpared) {
      if (isSpared) spared.add(officer);
      else spared.delete(officer);
    },
  };
}
