/** A whole server with its data in a folder of the test, silent, at a free port. */
import { join } from "node:path";
import { readConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";

/** @param data its data folder in this one. @param app folder of the app that it serves. */
export const serverIn = (
  folder: string,
  { rootHash, data = "server", app }: { rootHash: string; data?: string; app?: string },
): Promise<RunningServer> =>
  startServer(
    readConfig({
      NIMES_ORG_ROOT: rootHash,
      NIMES_PORT: "0",
      NIMES_DATA: join(folder, data),
      ...(app !== undefined && { NIMES_APP: join(folder, app) }),
      NIMES_LOG_LEVEL: "silent",
    }),
  );
