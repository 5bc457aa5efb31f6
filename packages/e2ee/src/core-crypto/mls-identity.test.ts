import "../node/memory-indexed-db.ts";
import { equalBytes, fromHex, toHex, utf8 } from "@nimes/protocol/bytes";
import { deviceIdOf, formatClientId, newUserId, orgIdOf } from "@nimes/protocol/ids";
import {
  fromMlsIdentity,
  mlsIdentityBytes,
  mlsThumbprintOf,
  parseThumbprint,
} from "@nimes/protocol/mls/identity";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { readCoreCryptoWasm } from "../node/core-crypto-wasm.ts";
import { loadCoreCrypto } from "./load-core-crypto.ts";
import { toMlsIdentity } from "./mls-identity.ts";

beforeAll(async () => {
  await loadCoreCrypto(await readCoreCryptoWasm());
});

/** Device ids as they come, with many leading zeros among them. */
const deviceId = fc
  .tuple(fc.nat(32), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(([zeros, bytes]) => toHex(bytes).slice(zeros).padStart(32, "0") as ReturnType<typeof deviceIdOf>);

test("every client id becomes an MLS identity and comes back, however many zeros it begins with", () => {
  const orgId = orgIdOf(new Uint8Array(32));
  fc.assert(
    fc.property(deviceId, (id) => {
      const clientId = formatClientId({ userId: newUserId(), deviceId: id, orgId });
      const bytes = toMlsIdentity(clientId).copyBytes();
      expect(fromMlsIdentity(bytes)).toBe(clientId);
      expect(equalBytes(bytes, mlsIdentityBytes(clientId))).toBe(true);
    }),
  );
});

test("whatever is not exactly such an identity is no client of ours", () => {
  const clientId = formatClientId({
    userId: newUserId(),
    deviceId: deviceIdOf(new Uint8Array(32)),
    orgId: orgIdOf(new Uint8Array(32)),
  });
  const text = new TextDecoder().decode(mlsIdentityBytes(clientId));
  expect(fromMlsIdentity(utf8(text))).toBe(clientId);
  const [user = "", rest = ""] = text.split(":");
  const others = [
    `${user}:0${rest}`,
    text.toUpperCase(),
    `${text} `,
    `${text}.x`,
    user,
    "",
    `${user}:@${rest}`,
  ];
  for (const other of others) expect(fromMlsIdentity(utf8(other))).toBeUndefined();
  expect(fromMlsIdentity(utf8(clientId))).toBeUndefined();
});

test("the thumbprint of a key is that of RFC 8037, appendix A.3", () => {
  const key = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const expected = parseThumbprint("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  expect(expected && equalBytes(mlsThumbprintOf(key), expected)).toBe(true);
});

test("what is no thumbprint is none", () => {
  for (const text of ["", "AA", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4", "!".repeat(43)])
    expect(parseThumbprint(text)).toBeUndefined();
});
