/**
 * `nimes policy key`, `trust`, `distrust`, and the same of `nimes revocation`: whose rules and orders count. Signed by the
 * root. What a key signed that is struck out holds no more, so what ends is said before (docs/adr/0031).
 */
import { equalBytes, fromHex, toHex } from "@nimes/protocol/bytes";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { Policy } from "@nimes/protocol/signed/policy";
import { peekSigned } from "@nimes/protocol/signed/signed";
import { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import type { Organisation } from "../folder/organisation-folder.ts";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { makeKeyFile } from "../keys/key-file.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { Stop } from "../stop.ts";
import { newPassphrase } from "../terminal/passphrase.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { parseKey, shortKey } from "./arguments.ts";
import type { RuleRole } from "./rule-signer.ts";
import { keyField, nextRuleKeyName, ruleKeysHere } from "./rule-signer.ts";
import { signChange } from "./sign-change.ts";
import { taken } from "./upload.ts";

type Given = { folder: string };

/** Makes the next key of a role on its holder's computer; only the public half leaves it. */
export async function makeRuleKey(terminal: Terminal, role: RuleRole, { folder }: Given): Promise<void> {
  const name = nextRuleKeyName(folder, role);
  const passphrase = await newPassphrase(terminal, name);
  const { publicKey } = await makeKeyFile(terminal, { folder, name }, passphrase);
  terminal.note(terminal.texts.ruleKeys.made(role, name));
  terminal.print(toHex(publicKey));
}

/** Lets a key count: the one named, or the newest of this computer. */
export async function trustRuleKey(
  terminal: Terminal,
  role: RuleRole,
  given: Given & { publicKey?: string },
): Promise<void> {
  const words = terminal.texts.ruleKeys;
  const key =
    given.publicKey === undefined
      ? ruleKeysHere(given.folder, role).at(-1)?.key
      : parseKey(terminal.texts, given.publicKey);
  if (!key) throw new Stop("usage", words.missing(role));
  const organisation = await openOrganisation(terminal, given.folder);
  const keys = organisation.manifest[keyField[role]];
  if (keys.some((one) => equalBytes(one, key))) throw new Stop("usage", words.alreadyCounts);
  await signChange(terminal, organisation, {
    says: [words.signsTrust[role](shortKey(key))],
    changes: { [keyField[role]]: [...keys, key] },
  });
  terminal.note(words.trusted(role));
}

/** Strikes a key out: lost or stolen. Says before what holds no more. */
export async function distrustRuleKey(
  terminal: Terminal,
  role: RuleRole,
  given: Given & { key: string },
): Promise<void> {
  const words = terminal.texts.ruleKeys;
  const organisation = await openOrganisation(terminal, given.folder);
  const keys = organisation.manifest[keyField[role]];
  const named = keyNamed(given.folder, role, given.key);
  const key = keys.find((one) => named && equalBytes(one, named));
  if (!key) throw new Stop("usage", words.unknown(given.key));
  if (keys.length === 1) throw new Stop("usage", words.only(role));
  if (role === "policy") await sayWhichRulesEnd(terminal, organisation, key);
  else terminal.note(words.ordersEnd);
  await signChange(terminal, organisation, {
    says: [words.signsDistrust[role](shortKey(key))],
    changes: { [keyField[role]]: keys.filter((one) => one !== key) },
  });
  terminal.note(words.distrusted(shortKey(key)));
}

/** What is in force at the server and was signed by the key. */
async function sayWhichRulesEnd(
  terminal: Terminal,
  { server: address }: Organisation,
  key: Uint8Array,
): Promise<void> {
  const words = terminal.texts.ruleKeys;
  if (!address) return terminal.note(words.rulesMayEnd);
  const server = organisationServer(terminal, address);
  const { policy } = taken(terminal, await server.call(routes.getPolicy));
  const { agreement } = taken(terminal, await server.call(routes.getAgreement));
  const ends: string[] = [];
  if (policy && isSignedBy(policy, key)) {
    const said = peekSigned(Policy, policy);
    if (said.ok) ends.push(words.policyEnds(said.value.version));
  }
  if (agreement && isSignedBy(agreement, key)) {
    const said = peekSigned(UsageAgreement, agreement);
    if (said.ok) ends.push(words.agreementEnds(said.value.version));
  }
  for (const line of ends) terminal.print(line);
  terminal.note(ends.length === 0 ? words.noRuleEnds : words.signAgainFirst);
}

const isSignedBy = (signed: Signed, key: Uint8Array): boolean =>
  signed.signatures.some((by) => equalBytes(by.key, key));

/** @param text a public key, or the name of a key here. */
const keyNamed = (folder: string, role: RuleRole, text: string): Uint8Array | undefined =>
  /^[0-9a-f]{64}$/i.test(text)
    ? fromHex(text.toLowerCase())
    : ruleKeysHere(folder, role).find(({ name }) => name === text)?.key;
