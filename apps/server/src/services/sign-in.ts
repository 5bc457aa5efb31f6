/** Step one of signing in: a device proves its key and gets an access token that is worth nothing without that key. */
import { timingSafeEqual } from "node:crypto";
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { verifySignature } from "@nimes/protocol/signed/signed";
import { jwtVerify, SignJWT } from "jose";
import type { DirectoryStore } from "../ports/directory-store.ts";
import type { ProvedKey } from "./proofs.ts";

/** A device that has signed in. */
export type SignedIn = { deviceId: DeviceId; userId: UserId; clientId: ClientId; deviceKey: Uint8Array };

export type SignIn = {
  issue(deviceId: DeviceId, key: ProvedKey): Promise<Result<{ token: string; lifetimeMs: number }>>;
  /** @param key the key of the proof that came with the token. */
  check(token: string, key: ProvedKey): Promise<Result<SignedIn>>;
  /** For the first frame of a socket: token, and the device key's signature over the challenge. */
  checkSocket(
    token: string,
    challenge: Uint8Array,
    signature: Uint8Array,
  ): Promise<Result<SignedIn & { endsAt: number }>>;
  /** Whether a token that has been checked before still counts. */
  checkAgain(token: string): Promise<Result<SignedIn>>;
  /** Tokens of this device issued up to now are worth nothing any more. */
  signOut(deviceId: DeviceId): Promise<void>;
};

const algorithm = "HS256";

/** @param key 32 secret bytes of this server. @param now milliseconds. */
export function createSignIn(options: {
  directory: DirectoryStore;
  key: Uint8Array;
  now: () => number;
}): SignIn {
  const { directory, key, now } = options;
  async function open(token: string): Promise<Result<SignedIn & { thumbprint: string; endsAt: number }>> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        currentDate: new Date(now()),
      });
      const deviceId = payload.sub as DeviceId;
      const device = await directory.device(deviceId);
      if (!device) return refuse("unauthorised");
      if (device.ended) return refuse("device-ended");
      if (Number(payload.issuedMs) <= device.signedOutAt) return refuse("unauthorised");
      const { jkt } = payload.cnf as { jkt: string };
      const { userId, clientId, deviceKey } = device;
      return ok({
        deviceId,
        userId,
        clientId,
        deviceKey,
        thumbprint: jkt,
        endsAt: (payload.exp ?? 0) * 1000,
      });
    } catch {
      return refuse("unauthorised");
    }
  }

  return {
    async issue(deviceId, { deviceKey, thumbprint }) {
      const device = await directory.device(deviceId);
      if (!device || !sameKey(device.deviceKey, deviceKey)) return refuse("unauthorised");
      if (device.ended) return refuse("device-ended");
      // A clock that was set back must not make a fresh token one from before the sign-out.
      const issuedMs = Math.max(now(), device.signedOutAt + 1);
      const token = await new SignJWT({ cnf: { jkt: thumbprint }, issuedMs })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(deviceId)
        .setExpirationTime(Math.floor((now() + limits.tokenLifetimeMs) / 1000))
        .sign(key);
      return ok({ token, lifetimeMs: limits.tokenLifetimeMs });
    },
    async check(token, { thumbprint }) {
      const opened = await open(token);
      if (!opened.ok) return opened;
      const { thumbprint: bound, endsAt: _, ...signedIn } = opened.value;
      return bound === thumbprint ? ok(signedIn) : refuse("unauthorised");
    },
    async checkSocket(token, challenge, signature) {
      const opened = await open(token);
      if (!opened.ok) return opened;
      const by = { key: opened.value.deviceKey, signature };
      if (!(await verifySignature("SocketHello", challenge, by))) return refuse("unauthorised");
      const { thumbprint: _, ...signedIn } = opened.value;
      return ok(signedIn);
    },
    checkAgain: open,
    signOut: (deviceId) => directory.signOut(deviceId, now()),
  };
}

const sameKey = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && timingSafeEqual(a, b);
