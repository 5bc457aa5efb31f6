/** The command line as people type it: names, options, help. What happens stands in `commands/`. */
import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { init } from "./commands/init.ts";
import { join } from "./commands/join.ts";
import { show } from "./commands/show.ts";
import { addDesk, addUnit, makeDeskKey } from "./commands/unit-and-desk.ts";
import { update, upload } from "./commands/upload.ts";
import { addUser, listUsers, newLetter } from "./commands/user.ts";
import { addDeskEndCommands, addTransferCommands } from "./program-desks.ts";
import type { Common } from "./program-rules.ts";
import { addReleaseCommands, addRuleCommands } from "./program-rules.ts";
import { complaintOf, speakOwnWords } from "./program-words.ts";
import { exitCodes, Stop } from "./stop.ts";
import { plainTerminal } from "./terminal/plain-output.ts";
import type { Terminal } from "./terminal/terminal.ts";

const programVersion = "0.1.0";

/**
 * Runs one command.
 * @param args what stands behind `nimes`.
 * @returns the exit code; every sentence has been said.
 */
export async function runNimes(given: Terminal, args: readonly string[]): Promise<number> {
  const terminal = plainTerminal(given);
  try {
    await program(terminal).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return sayComplaint(terminal, error);
    if (!(error instanceof Stop)) throw error;
    terminal.note(error.message);
    return exitCodes[error.reason];
  }
}

function sayComplaint(terminal: Terminal, error: CommanderError): number {
  if (error.exitCode === 0) return 0;
  const complaint = complaintOf(terminal.texts, error);
  if (complaint !== undefined) terminal.note(complaint);
  return exitCodes.usage;
}

function program(given: Terminal): Command {
  const { help } = given.texts;
  const clockIsRight = (): boolean => root.opts<{ clockIsRight?: boolean }>().clockIsRight === true;
  const terminal: Terminal = { ...given, clockIsRight };
  const root = new Command("nimes")
    .description(help.about)
    .version(programVersion, "-V, --version", help.version)
    .helpOption("-h, --help", help.help)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      // Said in the person's language by whoever catches it.
      outputError: () => {},
    })
    .exitOverride();
  speakOwnWords(root, terminal.texts);
  root.createCommand = (name) => new Command(name).helpCommand(false);
  root.addOption(new Option("--folder <dir>", help.folder).env("NIMES_FOLDER").default("nimes-organisation"));
  root.option("--clock-is-right", help.clockIsRight);
  const common = () => ({ folder: resolve(terminal.folder, root.opts<{ folder: string }>().folder) });
  addOrganisationCommands(terminal, root, common);
  addPeopleCommands(terminal, root, common);
  addRuleCommands(terminal, root, common);
  addReleaseCommands(terminal, root, common);
  return root;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

function addOrganisationCommands(terminal: Terminal, root: Command, common: Common): void {
  const { help } = terminal.texts;
  root
    .command("init <name>")
    .description(help.init)
    .option("--unit <id=name>", help.initUnit, collect, [])
    .option("--server <url>", help.server)
    .action((name: string, given: { unit: string[]; server?: string }) =>
      init(terminal, { ...common(), ...serverOf(given), name, units: given.unit }),
    );
  root
    .command("join <root-hash>")
    .description(help.join)
    .requiredOption("--server <url>", help.server)
    .action((rootHash: string, { server }: { server: string }) =>
      join(terminal, { ...common(), rootHash, server }),
    );
  root
    .command("unit")
    .description(help.unit)
    .command("add <id> <name>")
    .description(help.unitAdd)
    .option("--desk <name>", help.unitDesk)
    .action((id: string, name: string, given: { desk?: string }) =>
      addUnit(terminal, { ...common(), ...given, id, name }),
    );
  const desk = root.command("desk").description(help.desk);
  desk
    .command("key <name>")
    .description(help.deskKey)
    .action((name: string) => makeDeskKey(terminal, { ...common(), name }));
  desk
    .command("add <name>")
    .description(help.deskAdd)
    .requiredOption("--unit <id>", help.deskUnits, collect, [])
    .option("--public-key <hex>", help.deskPublicKey)
    .action((name: string, { unit, ...given }: { unit: string[]; publicKey?: string }) =>
      addDesk(terminal, { ...common(), ...given, name, units: unit }),
    );
  addDeskEndCommands(terminal, desk, common);
  root
    .command("show")
    .description(help.show)
    .action(() => show(terminal, common()));
  root
    .command("upload")
    .description(help.upload)
    .option("--server <url>", help.server)
    .action((given: { server?: string }) => upload(terminal, { ...common(), ...serverOf(given) }));
  root
    .command("update")
    .description(help.update)
    .action(() => update(terminal, common()));
}

function addPeopleCommands(terminal: Terminal, root: Command, common: Common): void {
  const { help } = terminal.texts;
  type Letter = { desk?: string; page?: string; link?: boolean };
  const letterOf = ({ page, ...given }: Letter) => ({
    ...common(),
    ...given,
    ...(page === undefined ? {} : { page: resolve(terminal.folder, page) }),
  });
  const user = root.command("user").description(help.user);
  user
    .command("add <name>")
    .description(help.userAdd)
    .requiredOption("--unit <id>", help.userUnit)
    .option("--function <text>", help.userFunction, "")
    .option("--private", help.userPrivate)
    .option("--desk <name>", help.deskName)
    .option("--page <file>", help.page)
    .option("--link", help.link)
    .action((name: string, given: Letter & { unit: string; function: string; private?: boolean }) => {
      const { unit, function: duty, private: isPrivate, ...letter } = given;
      const deviceClass = isPrivate ? "private" : "service";
      return addUser(terminal, { ...letterOf(letter), name, unit, function: duty, deviceClass });
    });
  user
    .command("list")
    .description(help.userList)
    .action(() => listUsers(terminal, common()));
  addTransferCommands(terminal, user, common);
  root
    .command("letter <user>")
    .description(help.letter)
    .option("--desk <name>", help.deskName)
    .option("--page <file>", help.page)
    .option("--link", help.link)
    .option("--new-device", terminal.texts.rules.help.newDevice)
    .option("--private", help.userPrivate)
    .action((name: string, given: Letter & { newDevice?: boolean; private?: boolean }) => {
      const { newDevice = false, private: isPrivate, ...letter } = given;
      const deviceClass = isPrivate ? { deviceClass: "private" as const } : {};
      return newLetter(terminal, { ...letterOf(letter), ...deviceClass, newDevice, user: name });
    });
}

const serverOf = ({ server }: { server?: string }) => (server === undefined ? {} : { server });
