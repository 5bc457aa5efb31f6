/** With which key on this computer policies, agreements and orders are signed: the last that the organisation names. */
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { Organisation } from "../folder/organisation-folder.ts";
import { keyNames, openKeyFile, readPublicKey } from "../keys/key-file.ts";
import { Stop } from "../stop.ts";
import { passphraseFor } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { isKey } from "./attested-by.ts";

/** Who signs rules: the policy for what holds on devices, the revocation for orders to them. */
export type RuleRole = "policy" | "revocation";

/** Where the manifest names the keys of a role. */
export const keyField = { policy: "policyKeys", revocation: "revocationKeys" } as const satisfies Record<
  RuleRole,
  keyof OrgManifest
>;

type RuleKey = { name: string; key: Uint8Array };

/** Keys of a role on this computer: `policy`, `policy-2`, …, as they were made. */
export const ruleKeysHere = (folder: string, role: RuleRole): RuleKey[] =>
  keyNames(folder)
    .map((name) => ({ name, number: numberOf(role, name) }))
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number)
    .flatMap(({ name }) => {
      const key = readPublicKey({ folder, name });
      return key ? [{ name, key }] : [];
    });

/** Keys of a role whose public half is missing or cannot be read: only opening tells which they are. */
const unreadKeysHere = (folder: string, role: RuleRole): string[] =>
  keyNames(folder).filter((name) => numberOf(role, name) > 0 && !readPublicKey({ folder, name }));

/** The name of the next one; of one whose making was interrupted, its own. */
export function nextRuleKeyName(folder: string, role: RuleRole): string {
  const numbers = ruleKeysHere(folder, role).map(({ name }) => numberOf(role, name));
  const next = Math.max(0, ...numbers) + 1;
  return next === 1 ? role : `${role}-${next}`;
}

/** 0 for a key of another role. */
function numberOf(role: RuleRole, name: string): number {
  if (name === role) return 1;
  return Number(new RegExp(`^${role}-([1-9][0-9]*)$`).exec(name)?.[1] ?? 0);
}

/** @returns undefined where no key of this role can be read here. @throws Stop when none that lies here counts. */
export function countingKeyHere(
  terminal: Terminal,
  { folder, manifest }: Organisation,
  role: RuleRole,
): RuleKey | undefined {
  const here = ruleKeysHere(folder, role);
  const counting = manifest[keyField[role]].map((key) => here.find((one) => isKey(one.key, key)));
  const last = counting.findLast((one) => one !== undefined);
  if (!last && here.length > 0 && unreadKeysHere(folder, role).length === 0)
    throw new Stop("refused", terminal.texts.ruleKeys.noneCounts(role));
  return last;
}

/** Says which key will sign, before it is opened. @throws Stop when none that lies here counts. */
export function announceSigner(terminal: Terminal, organisation: Organisation, role: RuleRole) {
  const here = countingKeyHere(terminal, organisation, role);
  const { folder, manifest } = organisation;
  const name = here?.name ?? unreadKeysHere(folder, role).at(-1) ?? role;
  terminal.note(terminal.texts.signs(name));
  return {
    /** Public half; undefined where there is none, which opening says. */
    key: here?.key,
    /** Asks for the passphrase. */
    open: async (): Promise<Signer> => {
      const signer = await openKeyFile(terminal, { folder, name }, await passphraseFor(terminal, name));
      if (!manifest[keyField[role]].some((key) => isKey(key, signer.publicKey)))
        throw new Stop("refused", terminal.texts.ruleKeys.noneCounts(role));
      return signer;
    },
  };
}
