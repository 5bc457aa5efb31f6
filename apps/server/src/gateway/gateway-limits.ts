/** What one connection or device may take of the server, and how long it may be silent. Shorter in tests. */
import { limits } from "@nimes/protocol/limits";
import type { BucketLimit } from "../core/bucket.ts";

export type GatewayLimits = {
  helloTimeoutMs: number;
  /** Bytes before the hello has been taken; a hello with all cursors is about half of it. */
  maxHelloBytes: number;
  /** Sockets that have not signed in yet. */
  maxUnknownSockets: number;
  /** The oldest is closed when a device opens more: it is most likely half open. */
  maxConnectionsPerDevice: number;
  aliveIntervalMs: number;
  /** Unsent bytes at which a reader counts as too slow. It catches up from its cursor, so memory stays bounded (S8). */
  maxBufferedBytes: number;
  /** How long the other side may take to close, once it was told to. */
  closeTimeoutMs: number;
  flushIntervalMs: number;
  /** How long news of the directory may wait for more. */
  directoryDelayMs: number;
  /**
   * Frames of one device, generous for people and catching up (S7). Beyond it the connection is closed instead of single
   * frames being refused: a later one must not overtake an earlier one.
   */
  frames: BucketLimit;
  /** What a new connection costs in frames: it makes the server look through all rooms of the device. */
  framesPerHello: number;
  /** Bytes of one device. */
  bytes: BucketLimit;
};

export const gatewayLimits: GatewayLimits = {
  helloTimeoutMs: limits.helloTimeoutMs,
  maxHelloBytes: 1024 * 1024,
  maxUnknownSockets: 2_000,
  maxConnectionsPerDevice: 4,
  aliveIntervalMs: 30_000,
  maxBufferedBytes: 8 * 1024 * 1024,
  closeTimeoutMs: 2_000,
  flushIntervalMs: 500,
  directoryDelayMs: 200,
  frames: { burst: 4_000, perSecond: 1_000 },
  framesPerHello: 50,
  bytes: { burst: 64 * 1024 * 1024, perSecond: 4 * 1024 * 1024 },
};
