/**
 * Fan-out: one sender in a room with 500 other devices, all connected. A delivery is one message at one device. The
 * sender keeps a window of messages that have not arrived everywhere, so nothing piles up that nobody counts. With 16
 * in the window the server puts several into a frame; with two a frame has one or two, and both processes still have
 * something to do. Beside each run `ws` alone sends the same bytes to as many sockets, a frame for each message.
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { EntriesFrame } from "@nimes/protocol/frames/server-frames";
import { type ClientId, newSubmissionId, type RoomId } from "@nimes/protocol/ids";
import { makeOrganisation } from "@nimes/testing/organisation";
import { foundRoom, rawApplication } from "@nimes/testing/server/raw-room";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import { startBareFanout } from "../bare/bare-fanout.ts";
import { type CrowdDevice, enrolCrowd, publishOrganisation } from "../load/crowd.ts";
import { openLoadSocket } from "../load/load-socket.ts";
import { assertOpenFiles } from "../load/open-files.ts";
import { startServerProcess } from "../load/server-process.ts";
import { ratios } from "../load/statistics.ts";
import type { Measured } from "../measured.ts";

const receivers = 500;
const messageBytes = 1024;
const windows = [16, 2];
const warmUpMs = 1_500;
const measuredMs = 4_000;
const repeats = 3;

export async function run(): Promise<Measured[]> {
  // Two ends of each socket of the bare part are here, and one of each of ours.
  assertOpenFiles(3 * (receivers + 1));
  const organisation = await makeOrganisation();
  const server = await startServerProcess(organisation.rootHash);
  try {
    await publishOrganisation(server.url, organisation);
    const [sender, ...crowd] = await enrolCrowd(server.url, organisation, receivers + 1);
    if (!sender) throw new Error("nobody to send");
    const room = await openRoom(server.url, sender, crowd);
    const bare = await startBareFanout({ receivers, frame: frameFor(room.roomId, sender.test.clientId) });
    const measured: Measured[] = [];
    const ours: Way = { room, cpuSeconds: server.cpuSeconds };
    for (const windowMessages of windows)
      measured.push(...(await inTurn(ours, { room: bare, cpuSeconds: bare.cpuSeconds }, windowMessages)));
    await bare.end();
    return measured;
  } finally {
    await server.end();
  }
}

/** What is sent through, and the processor time of whoever sends it on. */
type Way = { room: CrowdedRoom; cpuSeconds(): number | Promise<number> };

/** Ours and the bare part in turn, with the same window. */
async function inTurn(ours: Way, bare: Way, windowMessages: number): Promise<Measured[]> {
  const rates = { ours: [] as number[], bare: [] as number[] };
  const costs = { ours: [] as number[], bare: [] as number[] };
  for (const { room } of [ours, bare]) await send(room, { durationMs: warmUpMs, windowMessages });
  for (let run = 0; run < repeats; run++)
    for (const [whose, way] of [
      ["ours", ours],
      ["bare", bare],
    ] as const) {
      const before = await way.cpuSeconds();
      const { deliveries, seconds } = await send(way.room, { durationMs: measuredMs, windowMessages });
      rates[whose].push(deliveries / seconds);
      costs[whose].push((((await way.cpuSeconds()) - before) / deliveries) * 1e6);
    }
  const how = `to ${receivers} devices, ${windowMessages} under way`;
  return [
    { metric: `deliveries ${how}`, unit: "deliveries/s", runs: rates.ours },
    { metric: `bare ws, deliveries ${how}`, unit: "deliveries/s", runs: rates.bare },
    { metric: `deliveries ÷ bare ws, ${how}`, unit: "", runs: ratios(rates.ours, rates.bare) },
    { metric: `processor time of the server for each delivery ${how}`, unit: "µs", runs: costs.ours },
    { metric: `processor time of bare ws for each delivery ${how}`, unit: "µs", runs: costs.bare },
  ];
}

/** The size of a frame of ours with one message in it. */
function frameFor(roomId: RoomId, sender: ClientId): Uint8Array {
  const { epoch, bytes } = rawApplication(roomId, {
    content: crypto.getRandomValues(new Uint8Array(messageBytes)),
  });
  const place = { sequence: 1_000, epoch, sender, submissionId: newSubmissionId(), time: Date.now() };
  const frame: EntriesFrame = {
    type: "entries",
    roomId,
    entries: [{ ...place, kind: "application", bytes }],
  };
  return encodeCbor(frame);
}

type CrowdedRoom = { submit(): void; onDelivered: () => void };

async function openRoom(
  url: string,
  sender: CrowdDevice,
  crowd: readonly CrowdDevice[],
): Promise<CrowdedRoom & { roomId: RoomId }> {
  const founding = await signedInSocket(url, { signer: sender.test.device, token: sender.token });
  const roomId: RoomId = await foundRoom(founding, sender.test, { others: crowd.map(({ test }) => test) });
  await founding.close();
  const sending = await openLoadSocket(url, sender);
  const room = {
    roomId,
    onDelivered: () => {},
    submit: () =>
      sending.send({
        type: "submit",
        submissionId: newSubmissionId(),
        roomId,
        submission: rawApplication(roomId, {
          content: crypto.getRandomValues(new Uint8Array(messageBytes)),
        }),
      }),
  };
  for (const device of crowd)
    await openLoadSocket(url, device, (frame) => {
      if (frame.type !== "entries") return;
      for (const entry of frame.entries) if (entry.kind === "application") room.onDelivered();
    });
  return room;
}

async function send(
  room: CrowdedRoom,
  { durationMs, windowMessages }: { durationMs: number; windowMessages: number },
): Promise<{ deliveries: number; seconds: number }> {
  const began = performance.now();
  let submitted = 0;
  let deliveries = 0;
  await new Promise<void>((resolve) => {
    const submit = (): void => {
      submitted += 1;
      room.submit();
    };
    room.onDelivered = () => {
      deliveries += 1;
      if (deliveries === submitted * receivers && performance.now() - began >= durationMs) resolve();
      else if (deliveries % receivers === 0 && performance.now() - began < durationMs) submit();
    };
    for (let index = 0; index < windowMessages; index++) submit();
  });
  return { deliveries, seconds: (performance.now() - began) / 1000 };
}
