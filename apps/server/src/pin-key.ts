/**
 * The key file of the second step: seals PIN records and passkey shares in the database, and holds the OPAQUE secrets
 * of this server. Apart from the database, so that a stolen backup of that one gives nobody a PIN to try.
 */
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { Bytes32, Closed } from "@nimes/protocol/schema";
import * as Type from "typebox";
import { ConfigError } from "./config.ts";
import { newOpaqueSetup } from "./services/opaque.ts";

const KeyFile = Closed({
  format: Type.Literal(1),
  key: Bytes32,
  opaqueSetup: Type.String({ minLength: 1, maxLength: 4096 }),
});

export type PinKey = { opaqueSetup: string; subKey(purpose: string): Uint8Array };

/**
 * Reads the file, or makes it.
 * @param mayMake false once records exist that only the old file opens. @throws ConfigError
 */
export async function openPinKey(file: string, mayMake: boolean): Promise<PinKey> {
  const bytes = read(file) ?? (await make(file, mayMake));
  const decoded = decodeCbor(KeyFile, bytes);
  if (!decoded.ok)
    throw new ConfigError(`The file ${file} is damaged: restore it, or no PIN opens anything.`);
  const { key, opaqueSetup } = decoded.value;
  return {
    opaqueSetup,
    subKey: (purpose) => Uint8Array.from(createHmac("sha256", key).update(`NIMes/${purpose}/v1`).digest()),
  };
}

async function make(file: string, mayMake: boolean): Promise<Uint8Array> {
  if (!mayMake)
    throw new ConfigError(
      `The file ${file} is missing: restore it from its backup, or no PIN opens anything.`,
    );
  const bytes = encodeCbor({
    format: 1,
    key: Uint8Array.from(randomBytes(32)),
    opaqueSetup: await newOpaqueSetup(),
  });
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeSync(descriptor, bytes);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

function read(file: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(readFileSync(file));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
