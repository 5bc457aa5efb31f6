/**
 * What must stay dead when a backup of the database is restored: destroyed PIN records and used letters. A file of its
 * own, one line each, every line signed together with the one before it, written and flushed before anybody is told.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { fromHex, toHex } from "@nimes/protocol/bytes";
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import { idPatterns, parseUserId } from "@nimes/protocol/ids";
import { ConfigError } from "../config.ts";
import type { Stores } from "../ports/stores.ts";
import type { DestroyedStores } from "./destroy.ts";
import { destroyIn } from "./destroy.ts";

export type DestroyedLog = {
  recordDestroyed(deviceId: DeviceId): void;
  letterUsed(userId: UserId, activationKey: Uint8Array): void;
  close(): void;
};

type Line =
  | { what: "record"; deviceId: DeviceId }
  | { what: "letter"; userId: UserId; activationKey: Uint8Array };

const textOf = (line: Line): string =>
  line.what === "record" ? `record ${line.deviceId}` : `letter ${line.userId} ${toHex(line.activationKey)}`;

/**
 * Opens the file and brings store and file to the same state.
 * @param options.key 32 secret bytes. @throws ConfigError when a line was changed or taken out.
 */
export async function openDestroyedLog(options: {
  file: string;
  key: Uint8Array;
  stores: DestroyedStores & Pick<Stores, "directory">;
}): Promise<DestroyedLog> {
  const { file, key, stores } = options;
  const { lines, tail, bytes } = readLines(file, key);
  const descriptor = openSync(file, existsSync(file) ? "r+" : "wx+", 0o600);
  // A line that was cut off by a crash was never told to anybody.
  ftruncateSync(descriptor, bytes);
  let end = bytes;
  let last = tail;
  const known = new Set(lines.map(textOf));

  function append(line: Line): void {
    const text = textOf(line);
    if (known.has(text)) return;
    last = signatureOf(key, last, text);
    const written = Buffer.from(`${text} ${last}\n`);
    writeSync(descriptor, written, 0, written.byteLength, end);
    fsyncSync(descriptor);
    end += written.byteLength;
    known.add(text);
  }

  const records = lines.filter((line) => line.what === "record");
  if ((await stores.pins.destroyedCount()) > records.length)
    throw new ConfigError(`The file ${file} lacks lines that the database knows: restore its newest copy.`);
  for (const line of lines) {
    if (line.what === "letter") await stores.directory.markUsed(line.userId, line.activationKey);
    else if (await stores.pins.record(line.deviceId)) await destroyIn(stores, line.deviceId);
  }
  for (const { userId, activationKey } of await stores.directory.usedLetters())
    append({ what: "letter", userId, activationKey });

  return {
    recordDestroyed: (deviceId) => append({ what: "record", deviceId }),
    letterUsed: (userId, activationKey) => append({ what: "letter", userId, activationKey }),
    close: () => closeSync(descriptor),
  };
}

function readLines(file: string, key: Uint8Array): { lines: Line[]; tail: string; bytes: number } {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  let tail = "";
  const lines = whole
    .split("\n")
    .slice(0, -1)
    .map((row) => {
      const at = row.lastIndexOf(" ");
      const line = parseLine(row.slice(0, Math.max(0, at)));
      const expected = line && signatureOf(key, tail, textOf(line));
      if (!line || !expected || !sameText(expected, row.slice(at + 1)))
        throw new ConfigError(`The file ${file} is damaged or was changed: restore its newest copy.`);
      tail = expected;
      return line;
    });
  return { lines, tail, bytes: Buffer.byteLength(whole) };
}

function parseLine(text: string): Line | undefined {
  const [what, id = "", key = ""] = text.split(" ");
  if (what === "record" && idPatterns.deviceId.test(id)) return { what, deviceId: id as DeviceId };
  const userId = parseUserId(id);
  if (what !== "letter" || !userId || !/^[0-9a-f]{64}$/.test(key)) return undefined;
  return { what, userId, activationKey: fromHex(key) };
}

const signatureOf = (key: Uint8Array, previous: string, text: string): string =>
  createHmac("sha256", key).update(`NIMes/destroyed/v1|${previous}|${text}`).digest("hex");

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
