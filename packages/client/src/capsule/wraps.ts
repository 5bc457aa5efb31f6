/**
 * The capsule key, wrapped. There is one wrap for the PIN, further ones while it is being changed (DESIGN §5: a new one is
 * stored first, then the server's record is switched, and older wraps go after the first opening with the new PIN), and
 * one for a passkey where there is one.
 */
import { concat, utf8 } from "@nimes/protocol/bytes";
import { seal, unseal } from "./seal.ts";
import type { storedFormat } from "./stored-format.ts";

export type Wrap = Uint8Array<ArrayBuffer>;

export type CapsuleRecord = {
  format: typeof storedFormat;
  /** 16 random bytes. */
  capsuleId: Uint8Array<ArrayBuffer>;
  /** Oldest first; several while a change of the PIN may still reach the server, each of which may be the one that does. */
  pinWraps: Wrap[];
  passkeyWrap?: Wrap;
  /** Opens with the passkey alone; there only while the policy allows it and its hours have not passed. */
  offlineWrap?: Wrap;
  /** See own.ts; missing where an earlier release has stored it and nobody has opened it since. */
  own?: Uint8Array<ArrayBuffer>;
};

export type WrapKind = "pin" | "passkey" | "offline";

const boundTo = (kind: WrapKind, capsuleId: Uint8Array): Uint8Array =>
  concat(utf8(`NIMes/wrap/${kind}/v1`), Uint8Array.of(0), capsuleId);

export const wrapCapsuleKey = (
  kek: CryptoKey,
  kind: WrapKind,
  capsule: { capsuleId: Uint8Array; capsuleKey: Uint8Array<ArrayBuffer> },
): Promise<Wrap> => seal(kek, capsule.capsuleKey, boundTo(kind, capsule.capsuleId));

export const unwrapCapsuleKey = (
  kek: CryptoKey,
  kind: WrapKind,
  { capsuleId, wrap }: { capsuleId: Uint8Array; wrap: Wrap },
): Promise<Uint8Array<ArrayBuffer> | undefined> => unseal(kek, wrap, boundTo(kind, capsuleId));

/** Tries every wrap of a PIN. @returns the capsule key and which wrap it came from. */
export async function openPinWraps(
  kek: CryptoKey,
  { capsuleId, pinWraps }: CapsuleRecord,
): Promise<{ capsuleKey: Uint8Array<ArrayBuffer>; wrap: Wrap } | undefined> {
  for (const wrap of pinWraps) {
    const capsuleKey = await unwrapCapsuleKey(kek, "pin", { capsuleId, wrap });
    if (capsuleKey) return { capsuleKey, wrap };
  }
  return undefined;
}

/** A server takes fewer changes of a PIN in the time that one of them may be on its way. */
const maxPinWraps = 12;

/**
 * Before a change of the PIN leaves. What was changed before, and has not been answered, may arrive first: its wrap stays.
 * @param opened the wrap of the PIN that the server knows now.
 */
export function appendWrap(record: CapsuleRecord, opened: Wrap, wrap: Wrap): CapsuleRecord {
  const [current = opened, ...younger] = dropOlderWraps(record, opened).pinWraps;
  return { ...record, pinWraps: [current, ...younger.slice(2 - maxPinWraps), wrap] };
}

/**
 * After an opening: whatever is older than the wrap that opened belongs to a PIN that the server does not know any more.
 * A younger one stays: its PIN may reach the server late.
 */
export function dropOlderWraps(record: CapsuleRecord, opened: Wrap): CapsuleRecord {
  const at = record.pinWraps.indexOf(opened);
  return at > 0 ? { ...record, pinWraps: record.pinWraps.slice(at) } : record;
}
