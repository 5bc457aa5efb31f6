/** Whether the port is free, before anything else is begun. */
import { createServer } from "node:net";
import { Stop } from "@nimes/cli/stop";
import type { PilotTexts } from "../texts.ts";

/** @returns the port, or a free one for 0. @throws Stop when it is taken or forbidden. */
export async function choosePort(texts: PilotTexts, port: number): Promise<number> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject);
      probe.listen(port, "127.0.0.1", resolve);
    });
    const address = probe.address();
    return typeof address === "object" && address ? address.port : port;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "EADDRINUSE") throw new Stop("fault", texts.portTaken(port));
    if (code === "EACCES") throw new Stop("fault", texts.portForbidden(port));
    throw error;
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
