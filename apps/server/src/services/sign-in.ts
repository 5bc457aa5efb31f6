/**
 * Access tokens: worth nothing without the device's key, of level `device` once that key was proved (step one) and of
 * level `opened` once the second step was done as well. Each is judged anew against what is known of the device.
 */
import { timingSafeEqual } from "node:crypto";
import { concat, utf8 } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, DeviceId, UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DeviceClass } from "@nimes/protocol/schema";
import { verifySignature } from "@nimes/protocol/signed/signature";
import { jwtVerify, SignJWT } from "jose";
import { mayOpen } from "../core/may-open.ts";
import type { Stores } from "../ports/stores.ts";
import type { ProvedKey } from "./proofs.ts";

export type TokenLevel = "device" | "opened";

/** Who a device is. */
export type DeviceIdentity = {
  deviceId: DeviceId;
  userId: UserId;
  clientId: ClientId;
  deviceKey: Uint8Array;
};
/** A device that has signed in. */
export type SignedIn = DeviceIdentity & {
  deviceClass: DeviceClass;
  level: TokenLevel;
  /** RFC 7638 thumbprint of the device key, to which tokens are bound. */
  thumbprint: string;
};
export type Token = { token: string; lifetimeMs: number };
/** What a token says: whose it is, and when it ends, in milliseconds. */
export type TokenHolder = { device: SignedIn; endsAt: number };

export type SignIn = {
  /** Step one. */
  issue(deviceId: DeviceId, key: ProvedKey): Promise<Result<Token>>;
  /** A token of level `opened`, after step two or instead of one that lives. */
  issueOpened(device: SignedIn): Promise<Token>;
  /** Whether the token counts. It is worth nothing without a proof by the key with its thumbprint. */
  check(token: string): Promise<Result<TokenHolder>>;
  /** For the first frame of a socket: token, and the device key's signature over the challenge. */
  checkSocket(token: string, challenge: Uint8Array, signature: Uint8Array): Promise<Result<TokenHolder>>;
  /** For a fresh token on a socket that lives: the signature covers challenge and token. */
  checkRenewal(token: string, challenge: Uint8Array, signature: Uint8Array): Promise<Result<TokenHolder>>;
  /** Tokens of this device issued up to now are worth nothing any more. */
  signOut(deviceId: DeviceId): Promise<void>;
};

const algorithm = "HS256";

/** @param key 32 secret bytes of this server. @param now milliseconds. */
export function createSignIn(options: {
  stores: Pick<Stores, "directory" | "rules">;
  key: Uint8Array;
  now: () => number;
}): SignIn {
  const { stores, key, now } = options;
  const { directory, rules } = stores;

  async function open(token: string): Promise<Result<TokenHolder>> {
    const claims = await readClaims(token);
    const device = claims && (await directory.device(claims.deviceId));
    if (!claims || !device) return refuse("unauthorised");
    if (device.ended || device.revoked) return refuse("device-ended");
    if (claims.level === "opened") {
      const allowed = mayOpen(device, (await rules.policy())?.privateAllowed ?? true);
      if (!allowed.ok) return allowed;
    }
    if (claims.issuedMs <= device.signedOutAt) return refuse("unauthorised");
    const { deviceId, userId, clientId, deviceKey, deviceClass } = device;
    const { level, thumbprint, endsAt } = claims;
    const signedIn = { deviceId, userId, clientId, deviceKey, deviceClass, level, thumbprint };
    return ok({ device: signedIn, endsAt });
  }

  async function readClaims(
    token: string,
  ): Promise<
    (Pick<SignedIn, "deviceId" | "level" | "thumbprint"> & { issuedMs: number; endsAt: number }) | undefined
  > {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [algorithm],
        currentDate: new Date(now()),
        requiredClaims: ["sub", "exp", "cnf", "issuedMs"],
      });
      const { jkt } = payload.cnf as { jkt: string };
      return {
        deviceId: payload.sub as DeviceId,
        level: payload.lvl === "opened" ? "opened" : "device",
        thumbprint: jkt,
        issuedMs: Number(payload.issuedMs),
        endsAt: (payload.exp ?? 0) * 1000,
      };
    } catch {
      return undefined;
    }
  }

  async function makeToken(deviceId: DeviceId, thumbprint: string, level: TokenLevel): Promise<Token> {
    const signedOutAt = (await directory.device(deviceId))?.signedOutAt ?? 0;
    // A clock that was set back must not make a fresh token one from before the sign-out.
    const issuedMs = Math.max(now(), signedOutAt + 1);
    const token = await new SignJWT({ cnf: { jkt: thumbprint }, issuedMs, lvl: level })
      .setProtectedHeader({ alg: algorithm })
      .setSubject(deviceId)
      .setExpirationTime(Math.floor((now() + limits.tokenLifetimeMs) / 1000))
      .sign(key);
    return { token, lifetimeMs: limits.tokenLifetimeMs };
  }

  async function checkSigned(
    token: string,
    type: "SocketHello" | "SocketRenewal",
    by: { signature: Uint8Array; over: Uint8Array },
  ): Promise<Result<TokenHolder>> {
    const opened = await open(token);
    if (!opened.ok) return opened;
    const { deviceKey } = opened.value.device;
    const proved = await verifySignature(type, by.over, { key: deviceKey, signature: by.signature });
    return proved ? opened : refuse("unauthorised");
  }

  return {
    async issue(deviceId, { deviceKey, thumbprint }) {
      const device = await directory.device(deviceId);
      if (!device || !sameKey(device.deviceKey, deviceKey)) return refuse("unauthorised");
      return device.ended || device.revoked
        ? refuse("device-ended")
        : ok(await makeToken(deviceId, thumbprint, "device"));
    },
    issueOpened: ({ deviceId, thumbprint }) => makeToken(deviceId, thumbprint, "opened"),
    check: open,
    checkSocket: (token, challenge, signature) =>
      checkSigned(token, "SocketHello", { signature, over: challenge }),
    checkRenewal: (token, challenge, signature) =>
      checkSigned(token, "SocketRenewal", { signature, over: concat(challenge, sha256(utf8(token))) }),
    signOut: (deviceId) => directory.signOut(deviceId, now()),
  };
}

const sameKey = (a: Uint8Array, b: Uint8Array): boolean =>
  a.byteLength === b.byteLength && timingSafeEqual(a, b);
