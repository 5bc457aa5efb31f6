/** A world whose server is given back a backup of its rooms, as docs/operation.md says, or is set back as a whole. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type OpenWorld, openWorld } from "./open-world.ts";

export type RestoredServer = OpenWorld & {
  /** While the server runs: of both files. */
  backUp(): void;
  /** Puts the rooms back. */
  restore(): Promise<void>;
  /** Puts both files back: the server cannot know. */
  setBack(): Promise<void>;
};

export async function openRestoredServer(): Promise<RestoredServer> {
  const here = await openWorld();
  const [rooms, authority] = ["nimes.sqlite", "authority.sqlite"].map((name) =>
    join(here.dataFolder, name),
  ) as [string, string];
  async function putBack(...files: string[]): Promise<void> {
    await here.stopServer();
    for (const file of files) {
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
      cpSync(`${file}.backup`, file);
    }
    await here.startServer();
  }
  return {
    ...here,
    backUp() {
      for (const file of [rooms, authority]) {
        const source = new Database(file);
        rmSync(`${file}.backup`, { force: true });
        source.prepare("VACUUM INTO ?").run(`${file}.backup`);
        source.close();
      }
    },
    restore: () => putBack(rooms),
    setBack: () => putBack(rooms, authority),
  };
}
