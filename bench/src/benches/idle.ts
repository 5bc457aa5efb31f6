/**
 * Idle connections: what 5,000 devices that are signed in and silent cost the server in resident memory. The devices
 * are enrolled and have their tokens before the first look, and the server is a fresh process then.
 */
import { setTimeout as pause } from "node:timers/promises";
import { makeOrganisation } from "@nimes/testing/organisation";
import { type CrowdDevice, enrolCrowd, publishOrganisation } from "../load/crowd.ts";
import { type LoadSocket, openLoadSocket } from "../load/load-socket.ts";
import { assertOpenFiles } from "../load/open-files.ts";
import { type ServerProcess, startServerProcess } from "../load/server-process.ts";
import { median } from "../load/statistics.ts";
import type { Measured } from "../measured.ts";

const connections = 5_000;
const atOnce = 20;
const settleMs = 8_000;
const repeats = 3;
const looks = 5;

export async function run(): Promise<Measured[]> {
  assertOpenFiles(connections);
  const organisation = await makeOrganisation();
  const server = await startServerProcess(organisation.rootHash);
  try {
    await publishOrganisation(server.url, organisation);
    const crowd = await enrolCrowd(server.url, organisation, connections);
    const fresh: number[] = [];
    const each: number[] = [];
    for (let run = 0; run < repeats; run++) {
      // A fresh process: what enrolling has left in the heap would be room for connections that nobody counts.
      await server.restart();
      const before = await settledMemory(server);
      const sockets = await connectAll(server.url, crowd);
      const after = await settledMemory(server);
      for (const socket of sockets) socket.close();
      fresh.push(before);
      each.push((after - before) / connections);
    }
    return [
      { metric: `server memory for each of ${connections} connections`, unit: "bytes", runs: each },
      { metric: "server memory without connections", unit: "bytes", runs: fresh },
    ];
  } finally {
    await server.end();
  }
}

async function connectAll(url: string, crowd: readonly CrowdDevice[]): Promise<LoadSocket[]> {
  const sockets: LoadSocket[] = [];
  const waiting = crowd[Symbol.iterator]();
  const connectSome = async (): Promise<void> => {
    for (const device of waiting) sockets.push(await openLoadSocket(url, device));
  };
  await Promise.all(Array.from({ length: atOnce }, connectSome));
  return sockets;
}

/** Memory after the garbage of the last moments had time to go. */
async function settledMemory(server: ServerProcess): Promise<number> {
  await pause(settleMs);
  const seen: number[] = [];
  for (let look = 0; look < looks; look++) {
    seen.push(server.residentBytes());
    await pause(200);
  }
  return median(seen);
}
