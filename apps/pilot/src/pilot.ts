/** A whole pilot: server, organisation, simulated officers, and links for people. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { createNodePorts } from "@nimes/client/adapters/node/node-ports";
import { openClient } from "@nimes/client/open-client";
import { toHex } from "@nimes/protocol/bytes";
import { buildMessenger, needsBuild } from "./build-messenger.ts";
import type { DataFolder } from "./data-folder.ts";
import { openDataFolder } from "./data-folder.ts";
import type { Officers } from "./officers/officers.ts";
import { startOfficers } from "./officers/officers.ts";
import type { PilotOptions } from "./options.ts";
import { foundDemoOrganisation, openDemoOrganisation } from "./organisation/demo-organisation.ts";
import { invitePeople, peopleOrigins } from "./organisation/people.ts";
import { signApp } from "./organisation/signed-app.ts";
import type { Ready } from "./output/ready-text.ts";
import { choosePort } from "./server/choose-port.ts";
import type { KeptServer } from "./server/keep-server.ts";
import { keepServer } from "./server/keep-server.ts";
import type { PilotTexts } from "./texts.ts";

export type PilotNeeds = {
  options: PilotOptions;
  checkout: string;
  terminal: Terminal;
  texts: PilotTexts;
  /** Says a sentence on the way; the result is returned. */
  say: (sentence: string) => void;
};

export type Pilot = Ready & {
  /** Rejects when the pilot cannot go on. */
  failed: Promise<never>;
  stop(): Promise<void>;
};

/** Starts everything. @throws Stop or ServerStopped with one sentence; nothing is left running then. */
export async function startPilot(needs: PilotNeeds): Promise<Pilot> {
  const { options, texts, checkout } = needs;
  const port = await choosePort(texts, options.port);
  const data = openDataFolder(texts, options.dataFolder, needs.say);
  const ending: (() => Promise<void> | void)[] = [data.release];
  const stop = async () => {
    for (const end of ending.splice(0).reverse()) await end();
  };
  try {
    if (!process.env.NIMES_APP && needsBuild(checkout)) {
      needs.say(texts.building);
      buildMessenger(texts, checkout);
    }
    const { server, ready } = await begin(needs, { data, port, ending });
    return { ...ready, failed: server.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function begin(
  { options, checkout, terminal, texts, say }: PilotNeeds,
  at: { data: DataFolder; port: number; ending: (() => Promise<void> | void)[] },
): Promise<{ server: KeptServer; ready: Ready }> {
  const { data, port, ending } = at;
  const url = `http://localhost:${port}`;
  if (!existsSync(data.organisation)) say(texts.founding);
  await foundDemoOrganisation(terminal, data);
  await signApp(terminal, data, process.env.NIMES_APP ?? join(checkout, "apps/messenger/dist"));
  const demo = await openDemoOrganisation(terminal, data);
  const server = await keepServer(
    texts,
    {
      checkout,
      port,
      dataFolder: data.server,
      appFolder: data.app,
      logFile: data.serverLog,
      pidFile: data.serverPid,
      rootHash: toHex(demo.organisation.rootHash),
      publicUrl: url,
      extraOrigins: [`http://127.0.0.1:${port}`, ...peopleOrigins(port)],
    },
    say,
  );
  ending.push(server.end);
  // By number: not every machine's resolver knows `localhost` for both families.
  const address = `http://127.0.0.1:${port}`;
  await demo.upload(address);
  if (options.officers > 0) say(texts.officersComing);
  const officers: Officers = await startOfficers({
    terminal,
    texts,
    say,
    demo,
    address,
    file: data.officersFile,
    wanted: options.officers,
  });
  ending.push(officers.stop);
  const checker = await openClient(await createNodePorts({ serverUrl: address }));
  const people = await invitePeople({
    terminal,
    texts,
    data,
    demo,
    address,
    port,
    check: (link) => checker.previewActivation(link),
  });
  await checker.close();
  return { server, ready: { url, people, officers: officers.names } };
}
