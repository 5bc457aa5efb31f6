/**
 * Accepting and delivering: 50 senders, 50 receivers in 50 direct rooms, 1 KiB of random bytes a message, each
 * acknowledged by the server only after the commit to disk. Unpaced for the throughput, paced for the latency. Beside
 * each unpaced run SQLite alone writes as many bytes a row, in batches as large as those of the room log.
 */
import { makeOrganisation } from "@nimes/testing/organisation";
import { startBareSqlite } from "../bare/bare-sqlite.ts";
import { enrolCrowd, publishOrganisation } from "../load/crowd.ts";
import { messageBytes, openPairs, type Pair } from "../load/pairs.ts";
import { startServerProcess } from "../load/server-process.ts";
import { quantile, ratios } from "../load/statistics.ts";
import type { Measured } from "../measured.ts";

const pairs = 50;
const inFlight = 4;
const warmUpMs = 2_000;
const measuredMs = 5_000;
const repeats = 3;
const pacedPerSecond = 3_000;

/** Rows in a commit of the room log while all senders keep their messages in flight: 60 to 180, measured. */
const batchRows = 125;
const bareMs = 3_000;

export async function run(): Promise<Measured[]> {
  const organisation = await makeOrganisation();
  const server = await startServerProcess(organisation.rootHash);
  const bare = startBareSqlite({ batchRows, rowBytes: messageBytes + 100 });
  try {
    await publishOrganisation(server.url, organisation);
    const crowd = await enrolCrowd(server.url, organisation, 2 * pairs);
    const rooms = await openPairs(server.url, crowd);
    await unpaced(rooms, warmUpMs);
    const throughputs: number[] = [];
    const costs: number[] = [];
    const bareRows: number[] = [];
    const bareCosts: number[] = [];
    await bare.insertFor(warmUpMs);
    for (let run = 0; run < repeats; run++) {
      const before = server.cpuSeconds();
      const { messages, seconds } = await unpaced(rooms, measuredMs);
      throughputs.push(messages / seconds);
      costs.push(((server.cpuSeconds() - before) / messages) * 1e6);
      const alone = await bare.insertFor(bareMs);
      bareRows.push(alone.rows / alone.seconds);
      bareCosts.push((alone.processorSeconds / alone.rows) * 1e6);
    }
    const latencies: number[][] = [];
    for (let run = 0; run < repeats; run++) latencies.push(await paced(rooms, measuredMs));
    for (const room of rooms) room.close();
    const at = `at ${pacedPerSecond} messages/s`;
    return [
      { metric: "accepted and delivered, unpaced", unit: "messages/s", runs: throughputs },
      { metric: `bare SQLite, ${batchRows} rows a commit`, unit: "rows/s", runs: bareRows },
      { metric: "accepted and delivered ÷ bare SQLite rows", unit: "", runs: ratios(throughputs, bareRows) },
      { metric: "processor time of the server for each message, unpaced", unit: "µs", runs: costs },
      { metric: "processor time of bare SQLite for each row", unit: "µs", runs: bareCosts },
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
    await bare.end();
    await server.end();
  }
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
