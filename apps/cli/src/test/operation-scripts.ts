/** The shell scripts of docs/operation.md, run as they stand there, in folders of a test and with no rights but one's own. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handbookIn } from "./commands-in.ts";

const [start = "", backUp = "", restoreRooms = "", restoreAuthority = "", ...more] =
  handbookIn("operation.md").scripts;
export const operationScripts = { start, backUp, restoreRooms, restoreAuthority, more };

/** What a machine has that is set up for it. `programs`: a folder for what is not installed here. */
export type Machine = { data: string; backup: string; programs: string };

export const inFoldersOf = ({ data, backup }: Machine, script: string): string =>
  script.replaceAll("/var/lib/nimes", data).replaceAll("/backup", backup);

/** @returns what it said on the error output, and its exit code. */
export function runScript(machine: Machine, script: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync("bash", ["--norc", "-euc", inFoldersOf(machine, script)], {
    encoding: "utf8",
    env: environment(machine),
  });
  return { status, stderr };
}

/** Where the program is not installed, its one command that is shown by the same library. */
function environment({ programs }: Machine): NodeJS.ProcessEnv {
  if (spawnSync("sqlite3", ["-version"]).status === 0) return process.env;
  mkdirSync(programs, { recursive: true });
  const library = join(import.meta.dirname, "../../../../node_modules/better-sqlite3");
  const script = `const [, file, command] = process.argv; require(${JSON.stringify(library)})(file).backup(command.replace(".backup ", ""))`;
  writeFileSync(join(programs, "sqlite3"), `#!/bin/sh\nexec '${process.execPath}' -e '${script}' "$@"\n`);
  chmodSync(join(programs, "sqlite3"), 0o755);
  return { ...process.env, PATH: `${programs}:${process.env.PATH}` };
}
