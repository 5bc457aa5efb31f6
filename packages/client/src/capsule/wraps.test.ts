import { expect, test } from "vitest";
import { nonExtractableKeys } from "../ports/device-keys.ts";
import { deriveKek, derivePasskeyKek, randomSecret } from "./keys.ts";
import { storedFormat } from "./stored-format.ts";
import type { CapsuleRecord } from "./wraps.ts";
import { dropOlderWraps, openPinWraps, unwrapCapsuleKey, wrapCapsuleKey } from "./wraps.ts";

const capsuleId = crypto.getRandomValues(new Uint8Array(16));
const capsuleKey = randomSecret();
const exportKey = () => crypto.getRandomValues(new Uint8Array(64));

test("the capsule key needs the export key, this browser's local key and this capsule", async () => {
  const local = await nonExtractableKeys.makeLocalKey();
  const right = exportKey();
  const wrap = await wrapCapsuleKey(await deriveKek(right, local, capsuleId), "pin", {
    capsuleId,
    capsuleKey,
  });
  const openWith = async (kek: CryptoKey) => unwrapCapsuleKey(kek, "pin", { capsuleId, wrap });
  expect(await openWith(await deriveKek(right, local, capsuleId))).toEqual(capsuleKey);
  expect(await openWith(await deriveKek(exportKey(), local, capsuleId))).toBeUndefined();
  const otherBrowser = await nonExtractableKeys.makeLocalKey();
  expect(await openWith(await deriveKek(right, otherBrowser, capsuleId))).toBeUndefined();
  expect(await openWith(await deriveKek(right, local, new Uint8Array(16)))).toBeUndefined();
});

test("the local key cannot be exported", async () => {
  const local = await nonExtractableKeys.makeLocalKey();
  await expect(crypto.subtle.exportKey("raw", local)).rejects.toThrow();
});

test("a wrap of one kind opens as no other, and the passkey's needs the server's share", async () => {
  const local = await nonExtractableKeys.makeLocalKey();
  const prf = randomSecret();
  const share = randomSecret();
  const kek = await derivePasskeyKek({ prf, share }, local, capsuleId);
  const wrap = await wrapCapsuleKey(kek, "passkey", { capsuleId, capsuleKey });
  expect(await unwrapCapsuleKey(kek, "passkey", { capsuleId, wrap })).toEqual(capsuleKey);
  expect(await unwrapCapsuleKey(kek, "offline", { capsuleId, wrap })).toBeUndefined();
  for (const secrets of [
    { prf, share: undefined },
    { prf, share: randomSecret() },
    { prf: randomSecret(), share },
  ]) {
    const wrong = await derivePasskeyKek(secrets, local, capsuleId);
    expect(await unwrapCapsuleKey(wrong, "passkey", { capsuleId, wrap })).toBeUndefined();
  }
});

test("of two PINs' wraps either opens; what is older than the one that opened goes, what is younger stays", async () => {
  const local = await nonExtractableKeys.makeLocalKey();
  const [older, younger] = [
    await deriveKek(exportKey(), local, capsuleId),
    await deriveKek(exportKey(), local, capsuleId),
  ];
  const pinWraps = [
    await wrapCapsuleKey(older, "pin", { capsuleId, capsuleKey }),
    await wrapCapsuleKey(younger, "pin", { capsuleId, capsuleKey }),
  ];
  const record: CapsuleRecord = { format: storedFormat, capsuleId, pinWraps };
  const withOlder = await openPinWraps(older, record);
  const withYounger = await openPinWraps(younger, record);
  if (!withOlder || !withYounger) throw new Error("both open");
  expect([withOlder.capsuleKey, withYounger.capsuleKey]).toEqual([capsuleKey, capsuleKey]);
  expect(dropOlderWraps(record, withOlder.wrap)).toBe(record);
  expect(dropOlderWraps(record, withYounger.wrap).pinWraps).toEqual([pinWraps[1]]);
  expect(await openPinWraps(await deriveKek(exportKey(), local, capsuleId), record)).toBeUndefined();
});
