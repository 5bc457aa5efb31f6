/** The commands for the keys that sign rules and orders, as people type them. */
import type { Command } from "commander";
import { distrustRuleKey, makeRuleKey, trustRuleKey } from "./commands/rule-keys.ts";
import type { RuleRole } from "./commands/rule-signer.ts";
import type { Common } from "./program-rules.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** @param group `nimes policy` or `nimes revocation`. */
export function addRuleKeyCommands(
  terminal: Terminal,
  group: Command,
  { role, common }: { role: RuleRole; common: Common },
): void {
  const { help } = terminal.texts.ruleKeys;
  group
    .command("key")
    .description(help.key)
    .action(() => makeRuleKey(terminal, role, common()));
  group
    .command("trust")
    .description(help.trust)
    .option("--public-key <hex>", help.trustKey)
    .action((given: { publicKey?: string }) => trustRuleKey(terminal, role, { ...common(), ...given }));
  group
    .command("distrust <key>")
    .description(help.distrust)
    .action((key: string) => distrustRuleKey(terminal, role, { ...common(), key }));
}
