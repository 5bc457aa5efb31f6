/**
 * The second step by passkey: an assertion with user verification, made under the origin that the device's own proof
 * names. The server then gives its share of the wrap key, and keeps it from a locked device.
 */
import { randomBytes } from "node:crypto";
import { toBase64Url, utf8 } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import type { ChallengePurpose } from "../ports/passkey-store.ts";
import type { Stores } from "../ports/stores.ts";
import type { Opening } from "./opening.ts";
import type { RecordSeal } from "./record-seal.ts";
import type { SignedIn, Token } from "./sign-in.ts";

const challengeLifetimeMs = 5 * 60_000;
const shareBytes = 32;

/** `origin`: of the page that asks, one of this server's own. */
export type Passkeys = {
  startRegistration(device: SignedIn, origin: string): Promise<Result<{ options: string }>>;
  register(device: SignedIn, origin: string, response: string): Promise<Result<{ share: Uint8Array }>>;
  remove(device: SignedIn): Promise<void>;
  startLogin(device: SignedIn, origin: string): Promise<Result<{ options: string }>>;
  login(device: SignedIn, origin: string, response: string): Promise<Result<Token & { share: Uint8Array }>>;
};

export function createPasskeys(options: {
  stores: Pick<Stores, "passkeys">;
  seal: RecordSeal;
  opening: Opening;
  now: () => number;
}): Passkeys {
  const { stores, seal, opening, now } = options;
  const { passkeys } = stores;

  async function takeChallenge(deviceId: DeviceId, purpose: ChallengePurpose): Promise<string | undefined> {
    const kept = await passkeys.takeChallenge(deviceId, purpose);
    return kept && now() - kept.at <= challengeLifetimeMs ? kept.challenge : undefined;
  }
  const newChallenge = (): string => toBase64Url(Uint8Array.from(randomBytes(32)));

  return {
    async startRegistration({ deviceId, userId }, origin) {
      const challenge = newChallenge();
      const made = await generateRegistrationOptions({
        rpName: "NIMes",
        rpID: new URL(origin).hostname,
        userName: "NIMes",
        userID: Uint8Array.from(utf8(`${userId}/${deviceId}`.slice(0, 64))),
        challenge: Uint8Array.from(Buffer.from(challenge, "base64url")),
        attestationType: "none",
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        preferredAuthenticatorType: "localDevice",
      });
      await passkeys.putChallenge(deviceId, "registration", made.challenge, now());
      return ok({ options: JSON.stringify(made) });
    },
    async register({ deviceId }, origin, response) {
      const expectedChallenge = await takeChallenge(deviceId, "registration");
      const parsed = parse<RegistrationResponseJSON>(response);
      if (expectedChallenge === undefined || !parsed) return refuse("passkey-refused");
      const verified = await attempt(
        verifyRegistrationResponse({
          response: parsed,
          expectedChallenge,
          expectedOrigin: origin,
          expectedRPID: new URL(origin).hostname,
          requireUserVerification: true,
        }),
      );
      if (!verified?.verified) return refuse("passkey-refused");
      const { id, publicKey, counter } = verified.registrationInfo.credential;
      const share = Uint8Array.from(randomBytes(shareBytes));
      const sealedShare = seal.seal("passkey-share", deviceId, share);
      await passkeys.put(deviceId, { credentialId: id, publicKey, counter, sealedShare });
      return ok({ share });
    },
    remove: ({ deviceId }) => passkeys.remove(deviceId),
    async startLogin(device, origin) {
      const allowed = await opening.mayOpen(device);
      if (!allowed.ok) return allowed;
      const passkey = await passkeys.get(device.deviceId);
      if (!passkey) return refuse("passkey-refused");
      const made = await generateAuthenticationOptions({
        rpID: new URL(origin).hostname,
        allowCredentials: [{ id: passkey.credentialId }],
        userVerification: "required",
      });
      await passkeys.putChallenge(device.deviceId, "login", made.challenge, now());
      return ok({ options: JSON.stringify(made) });
    },
    async login(device, origin, response) {
      const { deviceId } = device;
      const expectedChallenge = await takeChallenge(deviceId, "login");
      const passkey = await passkeys.get(deviceId);
      const parsed = parse<AuthenticationResponseJSON>(response);
      if (!passkey || expectedChallenge === undefined || !parsed) return refuse("passkey-refused");
      const { credentialId, publicKey, counter, sealedShare } = passkey;
      const verified = await attempt(
        verifyAuthenticationResponse({
          response: parsed,
          expectedChallenge,
          expectedOrigin: origin,
          expectedRPID: new URL(origin).hostname,
          credential: { id: credentialId, publicKey: Uint8Array.from(publicKey), counter },
          requireUserVerification: true,
        }),
      );
      if (!verified?.verified) return refuse("passkey-refused");
      const opened = await opening.open(device);
      if (!opened.ok) {
        // The same assertion counts again once the agreement has been accepted.
        if (opened.code === "agreement-required")
          await passkeys.putChallenge(deviceId, "login", expectedChallenge, now());
        return opened;
      }
      await passkeys.setCounter(deviceId, verified.authenticationInfo.newCounter);
      return ok({ ...opened.value, share: seal.open("passkey-share", deviceId, sealedShare) });
    },
  };
}

/** The library throws for whatever is not as it should be. */
async function attempt<T>(checking: Promise<T>): Promise<T | undefined> {
  try {
    return await checking;
  } catch {
    return undefined;
  }
}

/** Only the outermost shape: the library checks everything in it. */
function parse<T extends object>(text: string): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
