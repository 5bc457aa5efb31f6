/** Every socket is an open file. Node takes all that the system allows; more has to be allowed before it starts. */
import { readFileSync } from "node:fs";

/** Files that Node, the database and the libraries open by themselves, rounded up. */
const ownFiles = 200;

/** @throws Error that says what to do when this process may not open so many sockets. */
export function assertOpenFiles(sockets: number): void {
  const allowed = Number(/Max open files\s+(\d+)/.exec(readFileSync("/proc/self/limits", "utf8"))?.[1]);
  const needed = sockets + ownFiles;
  // `unlimited` is no number.
  if (allowed < needed)
    throw new Error(`${sockets} sockets need ${needed} open files: run \`ulimit -n ${needed}\` before.`);
}
