/** The settings of a policy as people type and read them. */
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { ClassPolicy as ClassPolicySchema } from "@nimes/protocol/signed/policy";
import { Stop } from "../stop.ts";
import type { Texts } from "../texts/texts.ts";

type Kind = "duration" | "count" | "yes-no";
/** Word on the command line, field of the policy. */
const settings = {
  lock: { field: "inactivityLockMs", kind: "duration" },
  background: { field: "backgroundLockMs", kind: "duration" },
  expiry: { field: "messageLifetimeMs", kind: "duration" },
  offline: { field: "offlineOpeningMs", kind: "duration" },
  pictures: { field: "picturesAllowed", kind: "yes-no" },
  pin: { field: "pinMinLength", kind: "count" },
} as const satisfies Record<string, { field: keyof ClassPolicy; kind: Kind }>;
export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitsMs;

/**
 * Changes settings given as `lock=5m`, `pictures=no`.
 * @throws Stop with the sentence that says what is wrong.
 */
export function changeSettings(texts: Texts, before: ClassPolicy, given: readonly string[]): ClassPolicy {
  let policy = before;
  for (const text of given) {
    const [, name = "", value = ""] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
    if (!isSetting(name))
      throw new Stop("usage", texts.rules.policy.notASetting(text, settingNames.join(", ")));
    const { field, kind } = settings[name];
    policy = {
      ...policy,
      [field]: kind === "yes-no" ? parseYesNo(texts, value) : parseNumber(texts, name, value),
    };
  }
  return policy;
}

export function parseYesNo(texts: Texts, text: string): boolean {
  const answer = { yes: true, ja: true, no: false, nein: false }[text.toLowerCase()];
  if (answer === undefined) throw new Stop("usage", texts.rules.policy.notYesNo(text));
  return answer;
}

function parseNumber(texts: Texts, name: SettingName, text: string): number {
  const { field, kind } = settings[name];
  const [, count, unit] = /^(\d{1,6})([smhd])?$/.exec(text) ?? [];
  const fits = kind === "count" ? unit === undefined : unit !== undefined || count === "0";
  const value = fits ? Number(count) * (unit ? unitsMs[unit as Unit] : 1) : Number.NaN;
  const bounds: object = ClassPolicySchema.properties[field];
  const { minimum = 0, maximum = 0 } = bounds as { minimum?: number; maximum?: number };
  if (value >= minimum && value <= maximum) return value;
  const [least, most] = [minimum, maximum].map((bound) => inWords(texts, name, bound)) as [string, string];
  throw new Stop("usage", texts.rules.policy.outOfRange({ name, text, least, most }));
}

/** One value as people read it. */
export function inWords(texts: Texts, name: SettingName, value: number | boolean): string {
  const words = texts.rules.policy;
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (settings[name].kind === "count") return words.characters(value);
  if (value === 0) return name === "offline" ? words.never : words.atOnce;
  const unit = (["d", "h", "m", "s"] as const).find((candidate) => value % unitsMs[candidate] === 0) ?? "s";
  return words.duration(value / unitsMs[unit], unit);
}

export const settingOf = (policy: ClassPolicy, name: SettingName): number | boolean =>
  policy[settings[name].field];

const isSetting = (name: string): name is SettingName => Object.hasOwn(settings, name);
