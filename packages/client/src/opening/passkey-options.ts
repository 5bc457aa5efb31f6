/**
 * What the authenticator is asked for. All of it is this client's own but the challenge: a server that wrote it could ask
 * for another credential, or for less than the verification of the user.
 */
import { toBase64Url, utf8 } from "@nimes/protocol/bytes";
import { labelledHash } from "@nimes/protocol/hash";
import type { Outside } from "../capsule/outside.ts";

/** COSE algorithms that the server verifies: Ed25519, ES256, RS256. */
const algorithms = [-8, -7, -257];

export type PasskeyPlace = {
  outside: Outside;
  /** Relying party: the server's host, under which the device's proofs are made, too. */
  serverUrl: string;
};

/** PublicKeyCredentialCreationOptions as JSON text. */
export function creationOptions({ outside, serverUrl }: PasskeyPlace, challenge: string): string {
  return JSON.stringify({
    challenge,
    rp: { id: new URL(serverUrl).hostname, name: "NIMes" },
    user: {
      // The authenticator keeps it where whoever has the phone can see it: it names nobody.
      id: toBase64Url(utf8(outside.device.deviceId)),
      name: "NIMes",
      displayName: "NIMes",
    },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: {
      authenticatorAttachment: "platform",
      residentKey: "preferred",
      userVerification: "required",
    },
    hints: ["client-device"],
    attestation: "none",
    extensions: prf(outside),
  });
}

/** PublicKeyCredentialRequestOptions as JSON text. */
export const requestOptions = (
  { outside, serverUrl }: PasskeyPlace,
  { challenge, credentialId }: { challenge: string; credentialId: string },
): string =>
  JSON.stringify({
    challenge,
    rpId: new URL(serverUrl).hostname,
    allowCredentials: [{ type: "public-key", id: credentialId }],
    userVerification: "required",
    extensions: prf(outside),
  });

/** What makes the authenticator give its secret. */
const prf = (outside: Outside): object => ({
  prf: { eval: { first: toBase64Url(labelledHash("NIMes/prf-salt/v1", outside.capsule().capsuleId)) } },
});
