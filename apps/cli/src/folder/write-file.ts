/** Writing into the organisation folder: readable by its owner only, whole or not at all. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Writes a file that must not exist yet. @throws Stop when it does, or cannot be written. */
export const writeNewFile = (terminal: Terminal, path: string, data: string | Uint8Array): void =>
  write(terminal, path, () => writeDurably(path, "wx", data));

/** Replaces a file in one step. @throws Stop when it cannot be written. */
export const replaceFile = (terminal: Terminal, path: string, data: string | Uint8Array): void =>
  write(terminal, path, () => {
    const next = `${path}.next`;
    writeDurably(next, "w", data);
    renameSync(next, path);
  });

function write({ texts }: Terminal, path: string, action: () => void): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new Stop("folder", code === "EEXIST" ? texts.fileExists(path) : texts.notWritable(path, code));
  }
}

function writeDurably(path: string, flag: "w" | "wx", data: string | Uint8Array): void {
  const file = openSync(path, flag, 0o600);
  try {
    writeFileSync(file, data);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
