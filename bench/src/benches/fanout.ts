/**
 * Fan-out: one sender in a room with 500 other devices, all connected. A delivery is one message at one device. The
 * sender keeps a window of messages that have not arrived everywhere, so nothing piles up that nobody counts. With 16
 * in the window the server puts several into a frame; with two a frame has one or two, and both processes still have
 * something to do.
 */
import { newSubmissionId, type RoomId } from "@nimes/protocol/ids";
import { makeOrganisation } from "@nimes/testing/organisation";
import { foundRoom } from "@nimes/testing/server/raw-room";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import { type CrowdDevice, enrolCrowd, publishOrganisation } from "../load/crowd.ts";
import { openLoadSocket } from "../load/load-socket.ts";
import { startServerProcess } from "../load/server-process.ts";
import type { Measured } from "../measured.ts";

const receivers = 500;
const messageBytes = 1024;
const windows = [16, 2];
const warmUpMs = 1_500;
const measuredMs = 4_000;
const repeats = 3;

export async function run(): Promise<Measured[]> {
  const organisation = await makeOrganisation();
  const server = await startServerProcess(organisation.rootHash);
  try {
    await publishOrganisation(server.url, organisation);
    const [sender, ...crowd] = await enrolCrowd(server.url, organisation, receivers + 1);
    if (!sender) throw new Error("nobody to send");
    const room = await openRoom(server.url, sender, crowd);
    const measured: Measured[] = [];
    for (const windowMessages of windows) {
      await send(room, { durationMs: warmUpMs, windowMessages });
      const throughputs: number[] = [];
      const costs: number[] = [];
      for (let run = 0; run < repeats; run++) {
        const before = server.cpuSeconds();
        const { deliveries, seconds } = await send(room, { durationMs: measuredMs, windowMessages });
        throughputs.push(deliveries / seconds);
        costs.push(((server.cpuSeconds() - before) / deliveries) * 1e6);
      }
      const how = `to ${receivers} devices, ${windowMessages} under way`;
      measured.push(
        { metric: `deliveries ${how}`, unit: "deliveries/s", runs: throughputs },
        { metric: `processor time of the server for each delivery ${how}`, unit: "µs", runs: costs },
      );
    }
    return measured;
  } finally {
    await server.end();
  }
}

type CrowdedRoom = { submit(): void; onDelivered: () => void };

async function openRoom(
  url: string,
  sender: CrowdDevice,
  crowd: readonly CrowdDevice[],
): Promise<CrowdedRoom> {
  const founding = await signedInSocket(url, { signer: sender.test.device, token: sender.token });
  const roomId: RoomId = await foundRoom(founding, sender.test, { others: crowd.map(({ test }) => test) });
  await founding.close();
  const sending = await openLoadSocket(url, sender);
  const room: CrowdedRoom = {
    onDelivered: () => {},
    submit: () =>
      sending.send({
        type: "submit",
        submissionId: newSubmissionId(),
        roomId,
        submission: {
          kind: "application",
          epoch: 1,
          bytes: crypto.getRandomValues(new Uint8Array(messageBytes)),
        },
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
