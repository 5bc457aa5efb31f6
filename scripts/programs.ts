/** Finds the browsers that tests use, and installs Debian's packages where that is possible. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @returns the path that a variable of the environment names, of a program in the search path, or one of `paths`. */
export function findProgram(program: {
  variable: string;
  names: readonly string[];
  paths: readonly string[];
}): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [
    process.env[program.variable] ?? "",
    ...program.names.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...program.paths,
  ];
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return path !== "";
  } catch {
    return false;
  }
}

/** As root on Debian. @returns what `find` finds then. */
export function installPackage(name: string, find: () => string | undefined): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return undefined;
  console.log(`Installing Debian's package ${name} …`);
  const options = { stdio: "inherit", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } } as const;
  execFileSync("apt-get", ["update", "-qq"], options);
  execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], options);
  return find();
}
