import type { ErrorCode } from "@nimes/protocol/errors";
import type { AttachmentId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { roomId } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import type { ClaimedUpload } from "../../core/upload-plan.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Session } from "../connection/session.ts";
import { uploadAttachment } from "./upload-attachment.ts";

const part = limits.maxUploadPartBytes;
const total = 2 * part + 500;

type Server = (at: {
  /** Bytes that an honest server would have now. */
  honest: number;
  ask: "begin" | "part";
  count: number;
}) => Partial<ClaimedUpload> | ErrorCode;

/** Uploads to a server that answers as told; delays pass at once and are written down. */
async function uploadTo(
  server: Server,
  known: { offered?: number; bytesPerSecond?: number; lostAfterMs?: number } = {},
) {
  const { bytesPerSecond = Number.POSITIVE_INFINITY, lostAfterMs = 60_000 } = known;
  const delays: number[] = [];
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, callback) {
      delays.push(delayMs);
      queueMicrotask(callback);
      return () => undefined;
    },
  };
  let count = 0;
  let sentBytes = 0;
  let honest = 0;
  const call = async (route: { path: string }, input: { query?: { offset: string }; body?: unknown }) => {
    const isPart = route.path === routes.putAttachmentPart.path;
    if (isPart && input.body instanceof Uint8Array) {
      sentBytes += input.body.byteLength;
      const tookMs = (input.body.byteLength / bytesPerSecond) * 1_000;
      nowMs += Math.min(tookMs, lostAfterMs);
      if (tookMs > lostAfterMs) return refuse("no-network");
      if (Number(input.query?.offset) === honest) honest += input.body.byteLength;
    }
    count += 1;
    const answer = server({ honest, ask: isPart ? "part" : "begin", count });
    if (typeof answer === "string") return refuse(answer);
    return ok({ size: total, received: honest, complete: honest === total, ...answer });
  };
  const end = await uploadAttachment(
    { session: { call } as unknown as Session, clock, random: () => 0.999 },
    {
      roomId,
      attachmentId: "a".repeat(32) as AttachmentId,
      encrypted: new Uint8Array(total),
      offered: known.offered ?? 0,
      onOffer: () => undefined,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    },
  );
  return { end, delays, count, sentBytes, nowMs };
}

const stalled = { refused: "upload-stalled" };
const lies: [how: string, server: Server][] = [
  ["stands still", () => ({ received: 0, complete: false })],
  ["goes back", ({ honest }) => ({ received: Math.max(0, honest - part), complete: false })],
  ["goes further than anything was sent", ({ honest }) => ({ received: honest + 1, complete: false })],
  ["goes beyond the end", () => ({ received: total + 1, complete: false })],
  ["takes a byte of each part", ({ count }) => ({ received: count - 1, complete: false })],
  ["is complete at the beginning", () => ({ received: total, complete: true })],
  ["is complete without its bytes", ({ honest }) => ({ received: honest, complete: true })],
  ["has all bytes and is not complete", ({ honest }) => ({ received: honest, complete: false })],
  ["has another size", () => ({ size: total + 5 })],
  ["goes on at another place, for ever", ({ ask }) => (ask === "part" ? "upload-offset" : { received: 0 })],
];
test.for(lies)("an upload that %s ends visibly, after few tries with growing pauses", async ([, server]) => {
  const { end, delays, sentBytes } = await uploadTo(server);
  expect(end).toEqual(stalled);
  expect(sentBytes).toBeLessThan(10 * part);
  expect(delays.length).toBeLessThan(10);
  expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
  expect(delays.at(-1)).toBeGreaterThan(5_000);
});

test("an upload is complete when all bytes were taken, and each was sent once", async () => {
  expect(await uploadTo(() => ({}))).toMatchObject({ end: "complete", delays: [], sentBytes: total });
});

test("what an earlier session brought is not brought again", async () => {
  const { end, sentBytes } = await uploadTo(() => ({ received: total, complete: true }), { offered: total });
  expect([end, sentBytes]).toEqual(["complete", 0]);
});

test("without a network it goes on for ever, with pauses of at most half a minute (B2)", async () => {
  const { end, delays } = await uploadTo(({ count }) => (count < 500 ? "no-network" : {}));
  expect(end).toBe("complete");
  expect(Math.max(...delays)).toBeLessThan(30_000);
  expect(delays.slice(20).every((delay) => delay > 29_000)).toBe(true);
});

test("a server that is busy is given minutes, one that refuses none", async () => {
  const busy = await uploadTo(() => "unavailable");
  expect(busy.end).toEqual({ refused: "unavailable" });
  expect(busy.count).toBeGreaterThan(20);
  expect(busy.count).toBeLessThan(60);
  expect(await uploadTo(() => "quota")).toMatchObject({ end: { refused: "quota" }, count: 1 });
});

test.for([1_000, 12_000, 40_000])(
  "at %i bytes a second an upload is done in little more time than its bytes need",
  async (bytesPerSecond) => {
    const { end, nowMs, sentBytes } = await uploadTo(() => ({}), { bytesPerSecond });
    expect(end).toBe("complete");
    expect(sentBytes).toBeLessThan(1.3 * total);
    expect(nowMs).toBeLessThan(1.3 * (total / bytesPerSecond) * 1_000);
  },
);

test("on a quick line parts grow to the largest that the server takes", async () => {
  const { count } = await uploadTo(() => ({}));
  // 256 kB, 512 kB, 1 MB, and the rest; and the question before.
  expect(count).toBe(5);
});

test("where every answer to a part is lost, what has arrived counts, and the parts stay as large as they were", async () => {
  const { end, delays, sentBytes } = await uploadTo(({ ask }) => (ask === "part" ? "no-network" : {}));
  expect({ end, sentBytes }).toEqual({ end: "complete", sentBytes: total });
  expect(delays.length).toBeLessThan(10);
  expect(Math.max(...delays)).toBeLessThan(2_000);
});
