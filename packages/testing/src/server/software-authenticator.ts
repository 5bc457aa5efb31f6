/** An authenticator in software (WebAuthn level 3, Ed25519), with what a hostile one could get wrong in the test's hands. */
import { concat, toBase64Url, utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { Signer } from "@nimes/protocol/signed/signed";
import { newSigner } from "../organisation.ts";

type Ceremony = {
  /** Options as the server gave them. */
  options: string;
  /** Of the page that asks. */
  origin: string;
  userVerified?: boolean;
  /** Relying party, when it is not the one of the options. */
  rpId?: string;
  /** Key that signs, when it is another's. */
  signer?: Signer;
};
export type SoftwareAuthenticator = {
  create(ceremony: Ceremony): Promise<string>;
  get(ceremony: Ceremony): Promise<string>;
};

export async function softwareAuthenticator(): Promise<SoftwareAuthenticator> {
  const own = await newSigner();
  const credentialId = crypto.getRandomValues(new Uint8Array(16));
  const id = toBase64Url(credentialId);
  let counter = 0;

  function authenticatorData(rpId: string, verified: boolean, attested: Uint8Array): Uint8Array {
    counter += 1;
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, counter);
    const flags = 0x01 | (verified ? 0x04 : 0) | (attested.byteLength > 0 ? 0x40 : 0);
    return concat(sha256(utf8(rpId)), Uint8Array.of(flags), count, attested);
  }
  const clientData = (type: string, challenge: string, origin: string): Uint8Array =>
    utf8(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

  return {
    async create({ options, origin, userVerified = true, rpId }) {
      const { challenge, rp } = JSON.parse(options) as { challenge: string; rp: { id: string } };
      // COSE key: OKP, EdDSA, Ed25519, x (RFC 9053, section 7.2).
      const key = concat(Uint8Array.of(0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32), own.publicKey);
      const attested = concat(new Uint8Array(16), Uint8Array.of(0, 16), credentialId, key);
      const data = authenticatorData(rpId ?? rp.id, userVerified, attested);
      const attestationObject = concat(
        Uint8Array.of(0xa3, 0x63),
        utf8("fmt"),
        Uint8Array.of(0x64),
        utf8("none"),
        Uint8Array.of(0x67),
        utf8("attStmt"),
        Uint8Array.of(0xa0, 0x68),
        utf8("authData"),
        Uint8Array.of(0x58, data.byteLength),
        data,
      );
      const clientDataJSON = toBase64Url(clientData("webauthn.create", challenge, origin));
      const response = { clientDataJSON, attestationObject: toBase64Url(attestationObject) };
      return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
    },
    async get({ options, origin, userVerified = true, rpId, signer = own }) {
      const asked = JSON.parse(options) as { challenge: string; rpId: string };
      const data = authenticatorData(rpId ?? asked.rpId, userVerified, new Uint8Array(0));
      const client = clientData("webauthn.get", asked.challenge, origin);
      const response = {
        clientDataJSON: toBase64Url(client),
        authenticatorData: toBase64Url(data),
        signature: toBase64Url(await signer.sign(concat(data, sha256(client)))),
      };
      return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
    },
  };
}
