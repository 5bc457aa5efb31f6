/** Routes of a device that is not opened yet or renews its opening: what holds, PIN, passkey (DESIGN §4). */
import * as Type from "typebox";
import { Claim } from "../claimed.ts";
import {
  Bytes32,
  Closed,
  Count,
  DeviceIdText,
  RegistrationIdText,
  Signed,
  SubmissionIdText,
  Time,
} from "../schema.ts";
import { route } from "./route.ts";

const Done = Closed({});
/** A number in a query string. */
export const QueryCount = Type.String({ pattern: "^[0-9]{1,15}$" });

/** A message of OPAQUE, base64url as the library makes it. */
export const OpaqueText = Type.String({ minLength: 1, maxLength: 4096, pattern: "^[A-Za-z0-9_-]+$" });
/** 32 bytes of the server, base64url. Everything else that the authenticator is told is the client's own. */
const Challenge = Type.String({ pattern: "^[A-Za-z0-9_-]{43}$" });
/** A response of WebAuthn as JSON text; the WebAuthn library reads it. */
const WebAuthnText = Type.String({ minLength: 2, maxLength: 64 * 1024 });

/** A sign-in by PIN of this device, finished less than `freshPinMs` ago: whoever has the phone open need not know the PIN. */
const byFreshPin = { attemptId: SubmissionIdText };

/** Access token, in what a header can carry, and its life in milliseconds. */
export const Token = {
  token: Type.String({ pattern: "^[A-Za-z0-9_.-]{1,2048}$" }),
  lifetimeMs: Claim(Count),
};

export const secondStepRoutes = {
  getDeviceState: route({
    method: "GET",
    path: "/v1/device",
    summary: "What a device must know before it shows anything: orders, policy, agreement, tries left",
    access: "device",
    /** Last order that was carried out. */
    query: Closed({ orderAfter: QueryCount }),
    answer: Closed({
      orders: Type.Array(Signed, { maxItems: 100 }),
      policy: Type.Union([Signed, Type.Null()]),
      agreement: Type.Union([Signed, Type.Null()]),
      acceptedAgreement: Count,
      triesLeft: Claim(Count),
      /** Milliseconds until the next try is taken; 0 = now. */
      waitMs: Claim(Count),
      /** The passkeys of this user's devices, so that each of them can tell when one was added. */
      passkeys: Type.Array(
        Closed({
          deviceId: DeviceIdText,
          credentialId: Type.String({ minLength: 1, maxLength: 1400 }),
          addedAt: Time,
        }),
        { maxItems: 10 },
      ),
      /** So that people are told when their clock is wrong. */
      serverTime: Claim(Time),
      /** Newest version of the manifest: it says whose orders and rules count. */
      organisationVersion: Claim(Count),
    }),
    errors: [],
  }),
  postPinLoginStart: route({
    method: "POST",
    path: "/v1/pin/login/start",
    summary: "Step two begins: counts as a failure until it is finished; the same request again counts once",
    access: "device",
    body: Closed({ attemptId: SubmissionIdText, request: OpaqueText }),
    answer: Closed({ response: OpaqueText, triesLeft: Claim(Count) }),
    errors: ["pin-wait"],
  }),
  postPinLoginFinish: route({
    method: "POST",
    path: "/v1/pin/login/finish",
    summary: "Step two ends: takes its failure back, also late, and gives an access token of level `token`",
    access: "device",
    body: Closed({ attemptId: SubmissionIdText, finish: OpaqueText }),
    answer: Closed(Token),
    errors: ["agreement-required", "pin-wrong"],
  }),
  /** A token of level `token` from one that has not ended, without the PIN. */
  postRenewal: route({
    method: "POST",
    path: "/v1/sign-in/renewal",
    summary: "A fresh access token of level `token` while the old one lives and nobody has locked the device",
    access: "opened",
    answer: Closed(Token),
    errors: [],
  }),
  postPinChangeStart: route({
    method: "POST",
    path: "/v1/pin/change/start",
    summary: "First half of the OPAQUE registration of a new PIN; needs a fresh sign-in by PIN",
    access: "opened",
    body: Closed({ ...byFreshPin, request: OpaqueText }),
    answer: Closed({ registrationId: RegistrationIdText, response: OpaqueText }),
    errors: ["pin-required"],
  }),
  postPinChange: route({
    method: "POST",
    path: "/v1/pin/change",
    summary: "Switches to the new PIN's record, once for each sign-in; needs a fresh one by PIN",
    access: "opened",
    body: Closed({ ...byFreshPin, registrationId: RegistrationIdText, pinRecord: OpaqueText }),
    answer: Done,
    errors: ["pin-required"],
  }),
  postPasskeyStart: route({
    method: "POST",
    path: "/v1/passkey/registration/start",
    summary: "A challenge for a new passkey; needs a fresh sign-in by PIN",
    access: "opened",
    body: Closed(byFreshPin),
    answer: Closed({ challenge: Challenge }),
    errors: ["pin-required"],
  }),
  postPasskey: route({
    method: "POST",
    path: "/v1/passkey/registration",
    summary:
      "Registers the passkey of this device, in place of an earlier one; needs a fresh sign-in by PIN; answers the server's share for its wrap key",
    access: "opened",
    body: Closed({ ...byFreshPin, response: WebAuthnText }),
    answer: Closed({ share: Bytes32 }),
    errors: ["passkey-refused", "pin-required"],
  }),
  deletePasskey: route({
    method: "DELETE",
    path: "/v1/passkey",
    summary: "Removes the passkey of this device and the server's share",
    access: "opened",
    answer: Done,
    errors: [],
  }),
  postPasskeyLoginStart: route({
    method: "POST",
    path: "/v1/passkey/login/start",
    summary: "A challenge for the passkey of this device",
    access: "device",
    answer: Closed({ challenge: Challenge }),
    errors: ["passkey-refused"],
  }),
  postPasskeyLogin: route({
    method: "POST",
    path: "/v1/passkey/login",
    summary: "Step two by assertion with user verification; the share is withheld from a locked device",
    access: "device",
    body: Closed({ response: WebAuthnText }),
    answer: Closed({ ...Token, share: Bytes32 }),
    errors: ["agreement-required", "passkey-refused"],
  }),
} as const;
