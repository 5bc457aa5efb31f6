/**
 * The second step by passkey: an assertion with user verification, made under the origin that the device's own proof
 * names. The server then gives its share of the wrap key, and keeps it from a locked device. Whoever finds a phone open does
 * not make a passkey of their own: that needs the PIN, of this moment, and every device of the user hears of it.
 */
import { randomBytes } from "node:crypto";
import { toBase64Url } from "@nimes/protocol/bytes";
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
import type { HintBus } from "../ports/hint-bus.ts";
import type { ChallengePurpose } from "../ports/passkey-store.ts";
import type { Stores } from "../ports/stores.ts";
import type { Opening } from "./opening.ts";
import type { Pin } from "./pin.ts";
import type { RecordSeal } from "./record-seal.ts";
import type { SignedIn, Token } from "./sign-in.ts";

const challengeLifetimeMs = 5 * 60_000;
const shareBytes = 32;

/** `origin`: of the page that asks, one of this server's own. */
export type Passkeys = {
  /** `attemptId`: of a fresh sign-in by PIN. */
  startRegistration(
    device: SignedIn,
    by: { attemptId: SubmissionId },
  ): Promise<Result<{ challenge: string }>>;
  register(
    device: SignedIn,
    origin: string,
    made: { attemptId: SubmissionId; response: string },
  ): Promise<Result<{ share: Uint8Array }>>;
  remove(device: SignedIn): Promise<void>;
  startLogin(device: SignedIn): Promise<Result<{ challenge: string }>>;
  login(device: SignedIn, origin: string, response: string): Promise<Result<Token & { share: Uint8Array }>>;
};

export function createPasskeys(options: {
  stores: Pick<Stores, "passkeys" | "directory">;
  seal: RecordSeal;
  opening: Opening;
  pin: Pick<Pin, "requireFresh">;
  hints: HintBus;
  now: () => number;
}): Passkeys {
  const { stores, seal, opening, pin, hints, now } = options;
  const { passkeys, directory } = stores;

  async function takeChallenge(deviceId: DeviceId, purpose: ChallengePurpose): Promise<string | undefined> {
    const kept = await passkeys.takeChallenge(deviceId, purpose);
    return kept && now() - kept.at <= challengeLifetimeMs ? kept.challenge : undefined;
  }
  async function giveChallenge(deviceId: DeviceId, purpose: ChallengePurpose) {
    const challenge = toBase64Url(Uint8Array.from(randomBytes(32)));
    await passkeys.putChallenge(deviceId, purpose, challenge, now());
    return ok({ challenge });
  }

  return {
    async startRegistration(device, { attemptId }) {
      const fresh = await pin.requireFresh(device, attemptId);
      return fresh.ok ? giveChallenge(device.deviceId, "registration") : fresh;
    },
    async register(device, origin, { attemptId, response }) {
      const { deviceId } = device;
      const fresh = await pin.requireFresh(device, attemptId);
      if (!fresh.ok) return fresh;
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
      await passkeys.put(deviceId, { credentialId: id, publicKey, counter, sealedShare, addedAt: now() });
      // The device itself knows.
      for (const other of await directory.devicesOf(device.userId))
        if (other.deviceId !== deviceId) hints.publish({ of: "orders-changed", to: other.deviceId });
      return ok({ share });
    },
    remove: ({ deviceId }) => passkeys.remove(deviceId),
    async startLogin(device) {
      const allowed = await opening.mayOpen(device);
      if (!allowed.ok) return allowed;
      const passkey = await passkeys.get(device.deviceId);
      return passkey ? giveChallenge(device.deviceId, "login") : refuse("passkey-refused");
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
