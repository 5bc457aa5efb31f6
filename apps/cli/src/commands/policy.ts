/** `nimes policy show`, `nimes policy set`: what holds on devices, signed by the policy key. */
import { equalBytes } from "@nimes/protocol/bytes";
import { routes } from "@nimes/protocol/routes/routes";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { defaultPolicy, Policy } from "@nimes/protocol/signed/policy";
import { openSigned, peekSigned, signStructure } from "@nimes/protocol/signed/signed";
import { keepVersion, keptIn, newestKeptVersion } from "../folder/kept-signed.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { openOrganisation, signedIn } from "../folder/organisation-folder.ts";
import type { OrganisationServer } from "../server/organisation-server.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Texts } from "../texts/texts.ts";
import { isKey } from "./attested-by.ts";
import { changeSettings, inWords, parseYesNo, settingNames, settingOf } from "./policy-settings.ts";
import { requireRightClock } from "./right-clock.ts";
import { announceSigner, countingKeyHere } from "./rule-signer.ts";
import { requireServer, taken } from "./upload.ts";

type Rules = Pick<Policy, "version" | "service" | "private" | "privateDevicesAllowed">;
/** `signer`: missing before the first. */
type Current = Rules & { signer?: Uint8Array };
type Changes = { service: string[]; private: string[]; privateDevices?: string };

export async function showPolicy(terminal: Terminal, { folder }: { folder: string }): Promise<void> {
  const words = terminal.texts.rules.policy;
  const organisation = await openOrganisation(terminal, folder);
  const server = organisationServer(terminal, requireServer(terminal, organisation));
  const policy = await currentPolicy(terminal, organisation, server);
  terminal.print(policy.version === 0 ? words.noneYet : words.version(policy.version));
  for (const deviceClass of ["service", "private"] as const)
    for (const name of settingNames)
      terminal.print(
        `${words.className(deviceClass)} · ${words.settings[name]}: ${inWords(terminal.texts, name, settingOf(policy[deviceClass], name))}`,
      );
  terminal.print(`${words.privateDevices}: ${policy.privateDevicesAllowed ? words.yes : words.no}`);
  if (opensOffline(policy)) terminal.print(words.offlineOpens.trim());
}

export async function setPolicy(terminal: Terminal, given: Changes & { folder: string }): Promise<void> {
  const { texts } = terminal;
  const words = texts.rules.policy;
  const organisation = await openOrganisation(terminal, given.folder);
  const server = organisationServer(terminal, requireServer(terminal, organisation));
  const before = await currentPolicy(terminal, organisation, server);
  requireNotLost(terminal, organisation, before);
  const next: Policy = {
    orgId: organisation.manifest.orgId,
    version: Math.max(before.version, newestKeptVersion(given.folder, "policies")) + 1,
    service: changeSettings(texts, before.service, given.service),
    private: changeSettings(texts, before.private, given.private),
    privateDevicesAllowed:
      given.privateDevices === undefined
        ? before.privateDevicesAllowed
        : parseYesNo(texts, given.privateDevices),
    time: terminal.now(),
  };
  const changes = differences(texts, before, next);
  const key = countingKeyHere(terminal, organisation, "policy")?.key;
  // What another key has signed is signed again before that one is struck out.
  const isOurs = before.signer === undefined || isKey(before.signer, key);
  if (changes.length === 0 && isOurs) throw new Stop("usage", words.unchanged);
  await requireRightClock(terminal, organisation);
  const signer = announceSigner(terminal, organisation, "policy");
  terminal.note(words.signs(next.version));
  for (const line of changes.length === 0 ? [texts.ruleKeys.again] : changes) terminal.note(line);
  if (opensOffline(next)) terminal.note(words.offlineOpens);
  if (before.privateDevicesAllowed && !next.privateDevicesAllowed) terminal.note(words.closesPrivate);
  const signed = await signStructure("Policy", next, [await signer.open()]);
  taken(terminal, await server.call(routes.postPolicy, signed));
  keepVersion(terminal, given.folder, { kind: "policies", version: next.version, signed });
  terminal.note(words.set(next.version));
}

/** Where devices open without network, what that costs is said each time the policy is shown or signed (P8). */
const opensOffline = (policy: Pick<Policy, "service" | "private">): boolean =>
  policy.service.offlineOpeningMs > 0 || policy.private.offlineOpeningMs > 0;

/** The server's word, verified from the root: a policy that nobody signed is none. */
async function currentPolicy(
  terminal: Terminal,
  { manifest }: Organisation,
  server: OrganisationServer,
): Promise<Current> {
  const { policy } = taken(terminal, await server.call(routes.getPolicy));
  if (!policy) return defaultPolicy;
  const key = manifest.policyKeys.find((one) => policy.signatures.some((by) => equalBytes(by.key, one)));
  const opened = await openSigned("Policy", Policy, policy, key ? [key] : []);
  if (!key || !opened.ok || opened.value.orgId !== manifest.orgId)
    throw new Stop("refused", terminal.texts.rules.notSigned);
  return { ...opened.value, signer: key };
}

/** What changes is said against what holds: never against older rules of a server that was set back. */
function requireNotLost(
  { texts }: Terminal,
  { folder, manifest }: Organisation,
  { version: known }: Rules,
): void {
  const signed = keptIn(folder, "policies").map(signedIn).at(-1);
  const counts = signed?.signatures.some((by) => manifest.policyKeys.some((key) => isKey(key, by.key)));
  const kept = signed && counts ? peekSigned(Policy, signed) : undefined;
  if (kept?.ok && kept.value.version > known)
    throw new Stop("refused", texts.rules.policy.serverLost(kept.value.version));
}

/** Every change in plain words. */
function differences(texts: Texts, before: Rules, next: Rules): string[] {
  const words = texts.rules.policy;
  const ofClass = (deviceClass: "service" | "private"): string[] =>
    settingNames.flatMap((name) => {
      const [from, to] = [before, next].map((policy): number | boolean =>
        settingOf(policy[deviceClass] as ClassPolicy, name),
      ) as [number | boolean, number | boolean];
      if (from === to) return [];
      const what = `${words.className(deviceClass)}, ${words.settings[name]}`;
      return [words.change(what, inWords(texts, name, from), inWords(texts, name, to))];
    });
  const word = (allowed: boolean): string => (allowed ? words.yes : words.no);
  const privateDevices =
    before.privateDevicesAllowed === next.privateDevicesAllowed
      ? []
      : [
          words.change(
            words.privateDevices,
            word(before.privateDevicesAllowed),
            word(next.privateDevicesAllowed),
          ),
        ];
  return [...ofClass("service"), ...ofClass("private"), ...privateDevices];
}
