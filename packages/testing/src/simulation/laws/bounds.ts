/** No loop without a pause that grows: what an app sends and keeps stays bounded, whatever the server says. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Phone } from "../phones/phone.ts";

/** In each second, in which delays pass twenty times faster. */
const mostRequests = 400;
const mostFrames = 800;
/** What a world of a few officers may leave behind; the encryption's own memory is not counted by the engine. */
const mostGrowthBytes = 400 * 1024 * 1024;

/** Counts from now on again. @param nowMs a slow machine looks rarely. */
export function sendsTooMuch({ name, sent }: Pick<Phone, "name" | "sent">, nowMs: number): string[] {
  const { requests, frames, sinceMs } = sent;
  const seconds = 1 + (nowMs - sinceMs) / 1_000;
  Object.assign(sent, { requests: 0, frames: 0, sinceMs: nowMs });
  return [
    ...(requests > mostRequests * seconds ? [`${name} makes requests without a pause`] : []),
    ...(frames > mostFrames * seconds ? [`${name} sends frames without a pause`] : []),
  ];
}

/** Bytes of the heap that are still in use. */
export function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}

export const growsTooMuch = (beforeBytes: number, afterBytes: number): string[] =>
  afterBytes - beforeBytes > mostGrowthBytes ? ["memory grows without a bound"] : [];
