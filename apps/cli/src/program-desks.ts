/** The commands that take authority back and hand people over, as people type them. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { prolongDesk, removeDesk, retireDesk } from "./commands/desk-end.ts";
import { reattest } from "./commands/desk-reattest.ts";
import { takeOverUser, transferUser } from "./commands/transfer.ts";
import type { Common } from "./program-rules.ts";
import type { Terminal } from "./terminal/terminal.ts";

const collect = (value: string, before: string[]): string[] => [...before, value];

/** @param desk the group `nimes desk`. */
export function addDeskEndCommands(terminal: Terminal, desk: Command, common: Common): void {
  const { help } = terminal.texts.desks;
  desk
    .command("retire <desk>")
    .description(help.retire)
    .action((name: string) => retireDesk(terminal, { ...common(), desk: name }));
  desk
    .command("remove <desk>")
    .description(help.remove)
    .action((name: string) => removeDesk(terminal, { ...common(), desk: name }));
  desk
    .command("prolong <desk>")
    .description(help.prolong)
    .action((name: string) => prolongDesk(terminal, { ...common(), desk: name }));
  desk
    .command("reattest <key>")
    .description(help.reattest)
    .option("--all", help.all, false)
    .option("--only <user>", help.only, collect, [])
    .option("--except <user>", help.except, collect, [])
    .option("--desk <name>", terminal.texts.help.deskName)
    .action((key: string, given: { all: boolean; only: string[]; except: string[]; desk?: string }) =>
      reattest(terminal, { ...common(), ...given, key }),
    );
}

/** @param user the group `nimes user`. */
export function addTransferCommands(terminal: Terminal, user: Command, common: Common): void {
  const { help } = terminal.texts.desks;
  user
    .command("transfer <user>")
    .description(help.transfer)
    .requiredOption("--to <unit>", help.transferTo)
    .option("--desk <name>", terminal.texts.help.deskName)
    .option("--root", help.transferRoot, false)
    .action((name: string, given: { to: string; desk?: string; root: boolean }) =>
      transferUser(terminal, { ...common(), ...given, user: name }),
    );
  type TakeOver = {
    unit: string;
    name?: string;
    after?: string;
    function?: string;
    desk?: string;
    page?: string;
    link?: boolean;
    private?: boolean;
  };
  user
    .command("take-over <user>")
    .description(help.takeOver)
    .requiredOption("--unit <id>", terminal.texts.help.userUnit)
    .option("--name <name>", help.takeOverName)
    .option("--after <generation>", help.takeOverAfter)
    .option("--function <text>", terminal.texts.help.userFunction)
    .option("--private", terminal.texts.help.userPrivate)
    .option("--desk <name>", terminal.texts.help.deskName)
    .option("--page <file>", terminal.texts.help.page)
    .option("--link", terminal.texts.help.link)
    .action((name: string, { page, private: isPrivate, ...given }: TakeOver) =>
      takeOverUser(terminal, {
        ...common(),
        ...given,
        ...(page === undefined ? {} : { page: resolve(terminal.folder, page) }),
        ...(isPrivate ? { deviceClass: "private" as const } : {}),
        user: name,
      }),
    );
}
