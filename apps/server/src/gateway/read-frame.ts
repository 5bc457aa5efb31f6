/** Reads a frame at the edge: once, against its compiled schema. */
import { decodeCborWith } from "@nimes/protocol/cbor";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { Compile } from "typebox/compile";
import type { RawData } from "ws";

const validator = Compile(ClientFrame);

/** @returns the frame, or undefined for anything else. */
export function readClientFrame(data: RawData): ClientFrame | undefined {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data as Buffer);
  const frame = decodeCborWith(validator, bytes);
  return frame.ok ? frame.value : undefined;
}
