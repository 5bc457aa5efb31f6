/**
 * What was signed here beside manifests and attestations, kept so that a server that lost it gets it again:
 * ```
 * agreements/0001.cbor …                 by version
 * policies/0001.cbor …                   by version
 * transfers/<user id>.<generation>.cbor  the last one for each
 * orders/<device id>.<sequence>.cbor
 * ```
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { Order } from "@nimes/protocol/signed/orders";
import type { UserTransfer } from "@nimes/protocol/signed/user-transfer";
import type { Terminal } from "../terminal/terminal.ts";
import { replaceFile, writeNewFile } from "./write-file.ts";

/** Kinds of which each version has a number. */
export type Versioned = "agreements" | "policies";
export type KeptKind = Versioned | "transfers" | "orders";

const padded = (version: number): string => String(version).padStart(4, "0");
const orderFile = (deviceId: DeviceId, sequence: number): string => `${deviceId}.${sequence}.cbor`;

/** @returns where it lies. @throws Stop when there is another of this version, or it cannot be written. */
export function keepVersion(
  terminal: Terminal,
  folder: string,
  { kind, version, signed }: { kind: Versioned; version: number; signed: Signed },
): string {
  const path = join(folder, kind, `${padded(version)}.cbor`);
  writeNewFile(terminal, path, encodeCbor(signed));
  return path;
}

/** Highest version that was signed on this computer; 0 for none. */
export const newestKeptVersion = (folder: string, kind: Versioned): number =>
  Math.max(0, ...namesIn(folder, kind).map((name) => Number(/^(\d+)\.cbor$/.exec(name)?.[1] ?? 0)));

/** @throws Stop when it cannot be written. */
export const keepTransfer = (
  terminal: Terminal,
  folder: string,
  { transfer, signed }: { transfer: UserTransfer; signed: Signed },
): void =>
  replaceFile(
    terminal,
    join(folder, "transfers", `${transfer.userId}.${transfer.generation}.cbor`),
    encodeCbor(signed),
  );

/** @throws Stop when it cannot be written. */
export const keepOrder = (
  terminal: Terminal,
  folder: string,
  { order, signed }: { order: Order; signed: Signed },
): void =>
  writeNewFile(
    terminal,
    join(folder, "orders", orderFile(order.deviceId, order.sequence)),
    encodeCbor(signed),
  );

/** Highest number of an order to a device that was signed on this computer; 0 for none. */
export const lastKeptOrder = (folder: string, deviceId: DeviceId): number =>
  Math.max(
    0,
    ...namesIn(folder, "orders")
      .filter((name) => name.startsWith(`${deviceId}.`))
      .map((name) => Number(/\.(\d+)\.cbor$/.exec(name)?.[1] ?? 0)),
  );

/** Paths of everything of a kind, each before what comes behind it. */
export const keptIn = (folder: string, kind: KeptKind): string[] =>
  namesIn(folder, kind)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .map((name) => join(folder, kind, name));

/** Forgets what can never count any more. */
export const dropKept = (path: string): void => rmSync(path, { force: true });

function namesIn(folder: string, kind: KeptKind): string[] {
  const place = join(folder, kind);
  return existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(".cbor")) : [];
}
