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
/** What a token says: whose it is, which key has to prove it (RFC 7638 thumbprint), and when it ends, in milliseconds. */
export type TokenHolder = { device: SignedIn; thumbprint: string; endsAt: number };

export type SignIn = {
  issue(deviceId: DeviceId, key: ProvedKey): Promise<Result<{ token: string; lifetimeMs: number }>>;
  /** Whether the token counts. It is worth nothing without a proof by the key with its thumbprint. */
  check(token: string): Promise<Result<TokenHolder>>;
  /** For the first frame of a socket: token, and the device key's signature over the challenge. */
  checkSocket(token: string, challenge: Uint8Array, signature: Uint8Array): Promise<Result<TokenHolder>>;
  /** Tokens of this device issued up to now are worth nothing any more. */
  signOut(deviceId: DeviceId): Promise<void>;
};

const algorithm = "HS256";
/** Only this server makes them, so what is verified has this shape. */
type TokenClaims = { issuedMs: number; cnf: { jkt: string }; exp: number };

/** @param key 32 secret bytes of this server. @param now milliseconds. */
export function createSignIn(options: {
  directory: DirectoryStore;
  key: Uint8Array;
  now: () => number;
}): SignIn {
  const { directory, key, now } = options;
  async function open(token: string): Promise<{ deviceId: DeviceId; claims: TokenClaims } | undefined> {
    try {
      const { payload } = await jwtVerify<TokenClaims>(token, key, {
        algorithms: [algorithm],
        currentDate: new Date(now()),
        requiredClaims: ["sub", "exp"],
      });
      return { deviceId: payload.sub as DeviceId, claims: payload };
    } catch {
      return undefined;
    }
  }

  async function check(token: string): Promise<Result<TokenHolder>> {
    const opened = await open(token);
    const device = opened && (await directory.device(opened.deviceId));
    if (!device) return refuse("unauthorised");
    if (device.ended) return refuse("device-ended");
    const { issuedMs, cnf, exp } = opened.claims;
    if (issuedMs <= device.signedOutAt) return refuse("unauthorised");
    const { deviceId, userId, clientId, deviceKey } = device;
    return ok({
      device: { deviceId, userId, clientId, deviceKey },
      thumbprint: cnf.jkt,
      endsAt: exp * 1000,
    });
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
    check,
    async checkSocket(token, challenge, signature) {
      const holder = await check(token);
      if (!holder.ok) return holder;
      const by = { key: holder.value.device.deviceKey, signature };
      return (await verifySignature("SocketHello", challenge, by)) ? holder : refuse("unauthorised");
    },
    signOut: (deviceId) => directory.signOut(deviceId, now()),
  };
}

const sameKey = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && timingSafeEqual(a, b);
