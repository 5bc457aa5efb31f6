import { encode } from "cborg";
import * as Type from "typebox";
import { expect, test } from "vitest";
import { fromHex, toHex } from "../bytes.ts";

import { Closed, Count } from "../schema.ts";
import type { SignedType } from "./signature.ts";
import { signingInput, verifySignature } from "./signature.ts";
import type { Signer } from "./signed.ts";
import { openSigned, peekSigned, signerFromSeed, signStructure, webCryptoSigner } from "./signed.ts";

const Shape = Closed({ name: Type.String(), version: Count });
const value = { name: "PI Celle", version: 1 };
const newSigner = () => signerFromSeed(crypto.getRandomValues(new Uint8Array(32)));
const types: SignedType[] = [
  "OrgManifest",
  "UserAttestation",
  "DeviceLink",
  "RoomRoles",
  "RoomLeave",
  "Refounding",
  "WelcomeProof",
  "RejoinProof",
  "ActivationProof",
  "SocketHello",
];

test("a structure opens with the key that signed it", async () => {
  const signer = await newSigner();
  const signed = await signStructure("OrgManifest", value, [signer]);
  expect(await openSigned("OrgManifest", Shape, signed, [signer.publicKey])).toEqual({ ok: true, value });
});

test("a signature of one structure is refused for every other (D7)", async () => {
  const signer = await newSigner();
  for (const type of types) {
    const signed = await signStructure(type, value, [signer]);
    for (const other of types) {
      const opened = await openSigned(other, Shape, signed, [signer.publicKey]);
      expect(opened.ok, `${type} as ${other}`).toBe(type === other);
      if (!opened.ok) expect(opened.code).toBe("bad-signature");
    }
  }
});

test("no type and payload can be read as another type and payload (D7)", () => {
  const payload = new Uint8Array(3);
  const inputs = types.map((type) => toHex(signingInput(type, payload)));
  for (const input of inputs) expect(inputs.filter((other) => input.startsWith(other))).toEqual([input]);
});

test("the raw bytes are verified: the same value in another encoding is refused", async () => {
  const signer = await newSigner();
  const signed = await signStructure("OrgManifest", value, [signer]);
  // What `encodeCbor` would sort.
  const reordered = encode({ version: 1, name: "PI Celle" }, { mapSorter: () => 0 });
  expect(reordered).not.toEqual(signed.payload);
  expect(peekSigned(Shape, { ...signed, payload: reordered })).toEqual({ ok: true, value });
  const opened = await openSigned("OrgManifest", Shape, { ...signed, payload: reordered }, [
    signer.publicKey,
  ]);
  expect(opened).toEqual({ ok: false, code: "bad-signature" });
});

test("every flipped bit of payload and signature is noticed", async () => {
  const signer = await newSigner();
  const signed = await signStructure("OrgManifest", value, [signer]);
  const by = signed.signatures[0] ?? { key: new Uint8Array(), signature: new Uint8Array() };
  expect(await verifySignature("OrgManifest", signed.payload, by)).toBe(true);
  for (let bit = 0; bit < signed.payload.byteLength * 8; bit += 1)
    expect(await verifySignature("OrgManifest", flip(signed.payload, bit), by)).toBe(false);
  for (let bit = 0; bit < 512; bit += 1)
    expect(
      await verifySignature("OrgManifest", signed.payload, { ...by, signature: flip(by.signature, bit) }),
    ).toBe(false);
});

test("whoever must sign and has not is missed; more signatures do no harm", async () => {
  const [desk, device, stranger] = [await newSigner(), await newSigner(), await newSigner()];
  const open = (signers: Signer[], required: Signer[]) =>
    signStructure("DeviceLink", value, signers).then((signed) =>
      openSigned(
        "DeviceLink",
        Shape,
        signed,
        required.map(({ publicKey }) => publicKey),
      ),
    );
  const wrongSigner = { ok: false, code: "wrong-signer" };
  expect(await open([desk, device], [desk, device])).toMatchObject({ ok: true });
  expect(await open([stranger, desk, device], [device])).toMatchObject({ ok: true });
  expect(await open([desk], [desk, device])).toEqual(wrongSigner);
  expect(await open([stranger], [desk])).toEqual(wrongSigner);
  expect(await open([desk], [])).toEqual(wrongSigner);
});

test("a signature under somebody else's key is refused, also behind a good one of that key", async () => {
  const [desk, stranger] = [await newSigner(), await newSigner()];
  const signed = await signStructure("DeviceLink", value, [stranger]);
  const claimed = signed.signatures.map(({ signature }) => ({ key: desk.publicKey, signature }));
  const opened = await openSigned("DeviceLink", Shape, { ...signed, signatures: claimed }, [desk.publicKey]);
  expect(opened).toEqual({ ok: false, code: "bad-signature" });
});

test("what is signed but has another shape is malformed, with the field named", async () => {
  const signer = await newSigner();
  const signed = await signStructure("OrgManifest", { ...value, extra: true }, [signer]);
  expect(await openSigned("OrgManifest", Shape, signed, [signer.publicKey])).toEqual({
    ok: false,
    code: "malformed",
    field: "/extra",
  });
});

test("bytes that are no key verify nothing, without an exception", async () => {
  for (const key of [new Uint8Array(), new Uint8Array(31), new Uint8Array(33), new Uint8Array(32).fill(255)])
    expect(
      await verifySignature("OrgManifest", Uint8Array.of(1), { key, signature: new Uint8Array(64) }),
    ).toBe(false);
});

/** RFC 8032, section 7.1: seed, public key, message, signature. */
const rfc8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
] as const;

test.for(rfc8032)(
  "a key from its seed signs as RFC 8032 says",
  async ([seed, publicKey, message, signature]) => {
    const signer = await signerFromSeed(fromHex(seed));
    expect(toHex(signer.publicKey)).toBe(publicKey);
    expect(toHex(await signer.sign(fromHex(message)))).toBe(signature);
  },
);

test("a device signs with a key that cannot be exported", async () => {
  const pair = (await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])) as CryptoKeyPair;
  const signer = await webCryptoSigner(pair);
  const signed = await signStructure("SocketHello", value, [signer]);
  expect(await openSigned("SocketHello", Shape, signed, [signer.publicKey])).toMatchObject({ ok: true });
  await expect(crypto.subtle.exportKey("pkcs8", pair.privateKey)).rejects.toThrow();
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}
