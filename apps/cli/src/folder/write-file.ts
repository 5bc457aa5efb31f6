/**
 * Writing files: readable by their owner only, and whole or not at all, also where the disk is full or the power goes. What is
 * written lies beside its place first, under a name that nobody reads, and gets its own when the disk has it; then the folder
 * is told to keep the name. What stays behind of a program that was killed (`….part`) is nobody's file.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

type Data = string | Uint8Array;
/** `mode`: of the file; its owner's alone where it says nothing. */
type How = { mode?: number };

/** Writes a file that is new, or holds exactly this already. @throws Stop when it holds something else, or cannot be written. */
export const writeNewFile = (terminal: Terminal, path: string, data: Data): void =>
  writing(terminal, path, () => writeBeside(path, data, {}, (part) => takeFreeName(part, path, data)));

/** Replaces a file in one step. @throws Stop when it cannot be written. */
export const replaceFile = (terminal: Terminal, path: string, data: Data, how: How = {}): void =>
  writing(terminal, path, () => writeBeside(path, data, how, (part) => renameSync(part, path)));

/** Gives a file or folder, which is on the disk, another name in one step. @throws Stop when it cannot be done. */
export const moveTo = (terminal: Terminal, from: string, to: string): void =>
  writing(terminal, to, () => {
    renameSync(from, to);
    syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) syncFolder(dirname(from));
  });

/** A name for what is not whole yet, in the same folder. */
export const partOf = (path: string): string => `${path}.${randomBytes(4).toString("hex")}.part`;
export const isPart = (path: string): boolean => /\.[0-9a-f]{8}\.part$/.test(path);

function writing({ texts }: Terminal, path: string, action: () => void): void {
  try {
    makeFolder(dirname(path));
    action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
    if (code === undefined) throw error;
    throw new Stop("folder", code === "EEXIST" ? texts.fileExists(path) : texts.notWritable(path, code));
  }
}

function writeBeside(path: string, data: Data, { mode }: How, giveName: (part: string) => void): void {
  const part = partOf(path);
  try {
    const file = openSync(part, "wx", 0o600);
    try {
      writeFileSync(file, data);
      if (mode !== undefined) fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    giveName(part);
  } finally {
    forget(part);
  }
  syncFolder(dirname(path));
}

function forget(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch {
    // It is in nobody's way.
  }
}

/** A hard link is the one way to take a name only if it is free. */
function takeFreeName(part: string, path: string, data: Data): void {
  try {
    linkSync(part, path);
  } catch (error) {
    if (existsSync(path)) {
      if (!readFileSync(path).equals(Buffer.from(data))) throw systemError("EEXIST");
    } else if (cannotLink(error)) renameSync(part, path);
    else throw error;
  }
}

/** File systems of memory sticks know no links; nobody else writes there at the same moment. */
const cannotLink = (error: unknown): boolean =>
  ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(codeOf(error));

const systemError = (code: string): Error => Object.assign(new Error(code), { code });
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

/** With every folder above that is missing, each told to keep the name of the next. */
function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = folder; ; made = dirname(made)) {
    syncFolder(dirname(made));
    if (made === first || made === dirname(made)) return;
  }
}

/** A name is on the disk when its folder is. Windows opens no folders, and keeps names by itself. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } catch (error) {
    // A file system that does not know how (of the network, of a stick) does what it can.
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EPERM"].includes(codeOf(error))) throw error;
  } finally {
    closeSync(opened);
  }
}
