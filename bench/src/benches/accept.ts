/**
 * Accepting and delivering: 50 senders, 50 receivers in 50 direct rooms, 1 KiB of random bytes a message, each
 * acknowledged by the server only after the commit to disk. Unpaced for the throughput, paced for the latency.
 */
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { makeOrganisation } from "@nimes/testing/organisation";
import { foundRoom } from "@nimes/testing/server/raw-room";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import { type CrowdDevice, enrolCrowd, publishOrganisation } from "../load/crowd.ts";
import { type LoadSocket, openLoadSocket } from "../load/load-socket.ts";
import { startServerProcess } from "../load/server-process.ts";
import { quantile } from "../load/statistics.ts";
import type { Measured } from "../measured.ts";

const pairs = 50;
const messageBytes = 1024;
const inFlight = 4;
const warmUpMs = 2_000;
const measuredMs = 5_000;
const repeats = 3;
const pacedPerSecond = 3_000;

export async function run(): Promise<Measured[]> {
  const organisation = await makeOrganisation();
  const server = await startServerProcess(organisation.rootHash);
  try {
    await publishOrganisation(server.url, organisation);
    const crowd = await enrolCrowd(server.url, organisation, 2 * pairs);
    const rooms = await openPairs(server.url, crowd);
    await unpaced(rooms, warmUpMs);
    const throughputs: number[] = [];
    const costs: number[] = [];
    for (let run = 0; run < repeats; run++) {
      const before = server.cpuSeconds();
      const { messages, seconds } = await unpaced(rooms, measuredMs);
      throughputs.push(messages / seconds);
      costs.push(((server.cpuSeconds() - before) / messages) * 1e6);
    }
    const latencies: number[][] = [];
    for (let run = 0; run < repeats; run++) latencies.push(await paced(rooms, measuredMs));
    for (const room of rooms) room.close();
    const at = `at ${pacedPerSecond} messages/s`;
    return [
      { metric: "accepted and delivered, unpaced", unit: "messages/s", runs: throughputs },
      { metric: "processor time of the server for each message, unpaced", unit: "µs", runs: costs },
      {
        metric: `submit to received, p50, ${at}`,
        unit: "ms",
        runs: latencies.map((run) => quantile(run, 0.5)),
      },
      {
        metric: `submit to received, p99, ${at}`,
        unit: "ms",
        runs: latencies.map((run) => quantile(run, 0.99)),
      },
    ];
  } finally {
    await server.end();
  }
}

/** One sender, one receiver, their room. */
type Pair = {
  submit(): void;
  /** Called with each message that the server has taken, and with each one that has arrived. */
  onAccepted: () => void;
  onReceived: (sequence: number) => void;
  /** Sequence number that the next message gets: nobody else writes in this room. */
  next: number;
  close(): void;
};

async function openPairs(url: string, crowd: readonly CrowdDevice[]): Promise<Pair[]> {
  const opened: Pair[] = [];
  for (let index = 0; index < crowd.length; index += 2) {
    const [sender, receiver] = crowd.slice(index, index + 2);
    if (sender && receiver) opened.push(await openPair(url, sender, receiver));
  }
  return opened;
}

async function openPair(url: string, sender: CrowdDevice, receiver: CrowdDevice): Promise<Pair> {
  const founding = await signedInSocket(url, { signer: sender.test.device, token: sender.token });
  const roomId = await foundRoom(founding, sender.test, { kind: "direct", others: [receiver.test] });
  await founding.close();
  const bytes = crypto.getRandomValues(new Uint8Array(messageBytes));
  const pair: Pair = {
    onAccepted: () => {},
    onReceived: () => {},
    // Behind the roles and the commit.
    next: 3,
    submit() {
      pair.next += 1;
      crypto.getRandomValues(bytes);
      submitTo(sending, roomId, bytes);
    },
    close() {
      sending.close();
      receiving.close();
    },
  };
  const sending = await openLoadSocket(url, sender, (frame) => {
    if (frame.type === "accepted") pair.onAccepted();
    else assertNotRefused(frame);
  });
  const receiving = await openLoadSocket(url, receiver, (frame) => {
    if (frame.type !== "entries") return;
    for (const entry of frame.entries) if (entry.kind === "application") pair.onReceived(entry.sequence);
  });
  return pair;
}

const submitTo = (socket: LoadSocket, roomId: RoomId, bytes: Uint8Array): void =>
  socket.send({
    type: "submit",
    submissionId: newSubmissionId(),
    roomId,
    submission: { kind: "application", epoch: 1, bytes },
  });

function assertNotRefused(frame: ServerFrame): void {
  if (frame.type === "refused" || frame.type === "closing") throw new Error(`refused: ${frame.code}`);
}

/** Each sender keeps its messages in flight. @returns messages accepted and delivered. */
async function unpaced(
  rooms: readonly Pair[],
  durationMs: number,
): Promise<{ messages: number; seconds: number }> {
  const began = performance.now();
  let messages = 0;
  const allArrived = rooms.map(
    (pair) =>
      new Promise<void>((resolve) => {
        let open = 0;
        const submit = (): void => {
          open += 2;
          pair.submit();
        };
        // Over when each message was both taken and delivered.
        const settle = (): void => {
          open -= 1;
          if (open === 0) resolve();
        };
        pair.onAccepted = () => {
          if (performance.now() - began < durationMs) submit();
          settle();
        };
        pair.onReceived = () => {
          messages += 1;
          settle();
        };
        for (let index = 0; index < inFlight; index++) submit();
      }),
  );
  await Promise.all(allArrived);
  return { messages, seconds: (performance.now() - began) / 1000 };
}

/** @returns milliseconds from the moment a message was due to the moment it arrived, for each message. */
async function paced(rooms: readonly Pair[], durationMs: number): Promise<number[]> {
  const total = Math.round((pacedPerSecond * durationMs) / 1000);
  const latencies: number[] = [];
  const began = performance.now();
  await new Promise<void>((resolve) => {
    const due = rooms.map(() => new Map<number, number>());
    for (const [index, pair] of rooms.entries()) {
      pair.onAccepted = () => {};
      pair.onReceived = (sequence) => {
        latencies.push(performance.now() - (due[index]?.get(sequence) ?? 0));
        if (latencies.length === total) resolve();
      };
    }
    let submitted = 0;
    const timer = setInterval(() => {
      const wanted = Math.min(total, ((performance.now() - began) / 1000) * pacedPerSecond);
      for (; submitted < wanted; submitted += 1) {
        const index = submitted % rooms.length;
        const pair = rooms[index];
        // Counted from when it was due, so that a stall of this process or the server is not left out.
        if (pair) due[index]?.set(pair.next, began + (submitted / pacedPerSecond) * 1000);
        pair?.submit();
      }
      if (submitted === total) clearInterval(timer);
    }, 1);
  });
  return latencies;
}
