/** A world whose server is given back a backup of its rooms, as docs/operation.md says. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { type OpenWorld, openWorld } from "./open-world.ts";

export type RestoredServer = OpenWorld & {
  /** While the server runs. */
  backUp(): void;
  restore(): Promise<void>;
};

export async function openRestoredServer(): Promise<RestoredServer> {
  const here = await openWorld();
  const rooms = join(here.dataFolder, "nimes.sqlite");
  return {
    ...here,
    backUp() {
      const source = new Database(rooms);
      rmSync(`${rooms}.backup`, { force: true });
      source.prepare("VACUUM INTO ?").run(`${rooms}.backup`);
      source.close();
    },
    async restore() {
      await here.stopServer();
      for (const end of ["", "-wal", "-shm"]) rmSync(`${rooms}${end}`, { force: true });
      cpSync(`${rooms}.backup`, rooms);
      await here.startServer();
    },
  };
}
