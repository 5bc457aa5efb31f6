/**
 * What somebody who guesses PINs makes of the server's answers, beyond what a client does: of a registration's answer a
 * record, whose masking key opens the stored one's masked answer if the guess and the OPRF's key were right (RFC 9807,
 * section 6.3.2.2). So every answer of the OPRF under a record's key is a guess at its PIN.
 */
import { createHmac } from "node:crypto";
import { client, ready } from "@serenity-kit/opaque";
import { keyStretching } from "./raw-pin.ts";

export type Guess = {
  request: string;
  /** @returns whether this answer of a registration shows that the guess is the PIN behind that answer of a login. */
  isRight(response: string, loginResponse: string): boolean;
};

export async function guessByRegistration(password: string): Promise<Guess> {
  await ready;
  const { clientRegistrationState, registrationRequest } = client.startRegistration({ password });
  return {
    request: registrationRequest,
    isRight(registrationResponse, loginResponse) {
      const made = client.finishRegistration({
        password,
        clientRegistrationState,
        registrationResponse,
        keyStretching,
      });
      return fits(loginResponse, made.registrationRecord, made.serverStaticPublicKey);
    },
  };
}

const bytes = (text: string): Buffer => Buffer.from(text, "base64url");

function fits(loginResponse: string, record: string, serverPublicKey: string): boolean {
  const answer = bytes(loginResponse);
  const [nonce, masked] = [answer.subarray(32, 64), answer.subarray(64, 96)];
  const maskingKey = bytes(record).subarray(32, 96);
  const pad = expand(maskingKey, Buffer.concat([nonce, Buffer.from("CredentialResponsePad")]), masked.length);
  return Buffer.from(masked.map((byte, index) => byte ^ (pad[index] ?? 0))).equals(bytes(serverPublicKey));
}

/** HKDF-Expand of RFC 5869 with SHA-512, for at most one block. */
const expand = (key: Uint8Array, info: Uint8Array, length: number): Buffer =>
  createHmac("sha512", key).update(info).update(Buffer.of(1)).digest().subarray(0, length);
