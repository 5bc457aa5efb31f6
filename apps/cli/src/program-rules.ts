/** The commands for agreement, policy, devices and releases, as people type them. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { publishAgreement } from "./commands/agreement.ts";
import { orderDevices, showDevices } from "./commands/device.ts";
import { setPolicy, showPolicy } from "./commands/policy.ts";
import { distrustReleaseKey, makeReleaseKey, signRelease, trustReleaseKey } from "./commands/release.ts";
import { verifyRelease } from "./commands/release-verify.ts";
import { addRuleKeyCommands } from "./program-rule-keys.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What every command is given. */
export type Common = () => { folder: string };
const collect = (value: string, before: string[]): string[] => [...before, value];

export function addRuleCommands(terminal: Terminal, root: Command, common: Common): void {
  const { help } = terminal.texts.rules;
  const here = (path: string): string => resolve(terminal.folder, path);
  root
    .command("agreement")
    .description(help.agreement)
    .command("publish <file>")
    .description(help.agreementPublish)
    .option("--english <file>", help.agreementEnglish)
    .option("--from <day>", help.agreementFrom)
    .action((file: string, { english, ...given }: { english?: string; from?: string }) =>
      publishAgreement(terminal, {
        ...common(),
        ...given,
        file: here(file),
        ...(english === undefined ? {} : { english: here(english) }),
      }),
    );
  const policy = root.command("policy").description(help.policy);
  policy
    .command("show")
    .description(help.policyShow)
    .action(() => showPolicy(terminal, common()));
  policy
    .command("set")
    .description(help.policySet)
    .option("--service <name=value>", help.policyService, collect, [])
    .option("--private <name=value>", help.policyPrivate, collect, [])
    .option("--private-devices <answer>", help.policyPrivateDevices)
    .action((given: { service: string[]; private: string[]; privateDevices?: string }) =>
      setPolicy(terminal, { ...common(), ...given }),
    );
  addRuleKeyCommands(terminal, policy, { role: "policy", common });
  const revocation = root.command("revocation").description(terminal.texts.ruleKeys.help.revocation);
  addRuleKeyCommands(terminal, revocation, { role: "revocation", common });
  const device = root.command("device").description(help.device);
  device
    .command("show <user>")
    .description(help.deviceShow)
    .action((user: string) => showDevices(terminal, { ...common(), user }));
  const orders = { lock: help.deviceLock, unlock: help.deviceUnlock, wipe: help.deviceWipe } as const;
  for (const kind of ["lock", "unlock", "wipe"] as const)
    device
      .command(`${kind} <user>`)
      .description(orders[kind])
      .option("--reason <text>", help.deviceReason)
      .action((user: string, given: { reason?: string }) =>
        orderDevices(terminal, kind, { ...common(), ...given, user }),
      );
}

export function addReleaseCommands(terminal: Terminal, root: Command, common: Common): void {
  const { help } = terminal.texts.rules;
  const release = root.command("release").description(help.release);
  release
    .command("key")
    .description(help.releaseKey)
    .action(() => makeReleaseKey(terminal, common()));
  release
    .command("trust")
    .description(help.releaseTrust)
    .option("--public-key <hex>", help.releaseTrustKey)
    .action((given: { publicKey?: string }) => trustReleaseKey(terminal, { ...common(), ...given }));
  release
    .command("distrust <hex>")
    .description(help.releaseDistrust)
    .action((publicKey: string) => distrustReleaseKey(terminal, { ...common(), publicKey }));
  release
    .command("sign <folder>")
    .description(help.releaseSign)
    .option("--release-version <text>", help.releaseVersion)
    .action((app: string, { releaseVersion }: { releaseVersion?: string }) =>
      signRelease(terminal, {
        ...common(),
        app: resolve(terminal.folder, app),
        ...(releaseVersion === undefined ? {} : { version: releaseVersion }),
      }),
    );
  release
    .command("verify <url>")
    .description(help.releaseVerify)
    .option("--root <hex>", help.releaseRoot)
    .option("--public-key <hex>", help.releasePublicKey)
    .option("--at-least <number>", help.releaseAtLeast)
    .action((url: string, given: { root?: string; publicKey?: string; atLeast?: string }) =>
      verifyRelease(terminal, { ...common(), ...given, url }),
    );
}
