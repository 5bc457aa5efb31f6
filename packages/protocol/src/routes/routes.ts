/** Every HTTP route of the protocol. */
import * as Type from "typebox";
import { Claim } from "../claimed.ts";
import type { ErrorCode } from "../errors.ts";
import { isErrorCode } from "../errors.ts";
import { limits } from "../limits.ts";
import {
  Bytes,
  Bytes32,
  ClientIdText,
  Closed,
  Count,
  DeviceIdText,
  GroupId,
  ProtocolVersion,
  RegistrationIdText,
  RoomIdText,
  Signature,
  Signed,
  Time,
  UserIdText,
} from "../schema.ts";
import { OrderKind } from "../signed/orders.ts";
import { attachmentRoutes } from "./attachment-routes.ts";
import { route } from "./route.ts";
import { OpaqueText, QueryCount, secondStepRoutes, Token } from "./second-step-routes.ts";

const Done = Closed({});
/** Proves an activation secret without showing it. */
const activationProof = {
  /** Names the letter, and with it the officer. */
  activationKey: Bytes32,
  /** A nonce of this server, as it came in the header. */
  nonce: Type.String({ maxLength: 200 }),
  /** By the activation key over the UTF-8 bytes of the nonce, as type `ActivationProof`. */
  signature: Signature,
};

const generation = {
  attestation: Signed,
  /** Other attestations of the same letter, by desks that attested it before or again. */
  again: Type.Optional(Type.Array(Signed, { maxItems: limits.maxAttestationsOfLetter })),
  /** Where the unit is another than that of the generation before: why that is right. */
  transfer: Type.Optional(Signed),
  links: Type.Array(Signed, { maxItems: 100 }),
};
/** A letter of a user, and the device that was made with it. */
export const DirectoryGeneration = Closed(generation);
export type DirectoryGeneration = Type.Static<typeof DirectoryGeneration>;

/** Everything known of a user: attestation and device chain. */
export const DirectoryEntry = Closed({
  sequence: Type.Integer({ minimum: 1, maximum: limits.maxSignedNumber }),
  userId: UserIdText,
  ...generation,
  /**
   * Other generations, lowest first, and letters whose desk key was stolen: their devices have ended, but they stand in
   * rooms and their logs, and no client can judge those without knowing them.
   */
  former: Type.Optional(Type.Array(DirectoryGeneration, { maxItems: limits.maxGenerations })),
});
export type DirectoryEntry = Type.Static<typeof DirectoryEntry>;

/** One device of a claimed user; null while the device has no key package left. */
export const ClaimedDevice = Closed({
  clientId: ClientIdText,
  keyPackage: Type.Union([Bytes(limits.maxKeyPackageBytes, 1), Type.Null()]),
});
export type ClaimedDevice = Type.Static<typeof ClaimedDevice>;

const Code = Type.Unsafe<ErrorCode>(
  Type.Refine(Type.String(), isErrorCode, () => "must be a known error code"),
);

/** What every refusal answers. `field` names the offending field, never its content. */
export const Problem = Closed({ code: Code, field: Type.Optional(Type.String({ maxLength: 80 })) });
export type Problem = Type.Static<typeof Problem>;

/** A letter that a desk key has attested. */
export const AttestedLetter = Closed({ attestation: Signed, used: Type.Boolean() });
export type AttestedLetter = Type.Static<typeof AttestedLetter>;

/** What the holder of a revocation key learns of one device. */
export const DeviceReport = Closed({
  deviceId: DeviceIdText,
  genesis: Signed,
  /** Of a lower generation, or destroyed. */
  ended: Type.Boolean(),
  destroyed: Type.Boolean(),
  acceptedAgreement: Count,
  orders: Type.Array(Closed({ kind: OrderKind, order: Signed }), { maxItems: 1000 }),
  receipts: Type.Array(Signed, { maxItems: 1000 }),
});
export type DeviceReport = Type.Static<typeof DeviceReport>;

export const routes = {
  getNonce: route({
    method: "GET",
    path: "/v1/nonce",
    summary: "A fresh server nonce, in the header",
    access: "public",
    answer: Done,
    errors: [],
  }),
  getOrganisation: route({
    method: "GET",
    path: "/v1/organisation",
    summary: "All versions of the organisation's manifest, first version first",
    access: "public",
    answer: Closed({ manifests: Type.Array(Signed, { maxItems: limits.maxManifests }) }),
    errors: ["not-found"],
  }),
  postManifest: route({
    method: "POST",
    path: "/v1/organisation/manifests",
    summary: "The next version of the manifest, signed by the organisation root",
    access: "public",
    body: Signed,
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "outdated", "broken-chain"],
  }),
  postAttestation: route({
    method: "POST",
    path: "/v1/attestations",
    summary: "A user's attestation, signed by a desk key of the user's unit",
    access: "public",
    body: Signed,
    answer: Closed({ sequence: Count }),
    errors: ["bad-signature", "wrong-signer", "outdated", "clock-wrong", "transfer-required"],
  }),
  postTransfer: route({
    method: "POST",
    path: "/v1/transfers",
    summary:
      "An officer's transfer to another unit, signed by a desk of the unit that is left or by the root",
    access: "public",
    body: Signed,
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "clock-wrong"],
  }),
  postAttestationQuery: route({
    method: "POST",
    path: "/v1/attestations/query",
    summary: "What a desk key has attested, for the root, a revocation key or another desk of its units",
    access: "public",
    /** As type `AttestationQuery`: names the desk key and a fresh nonce of this server. */
    body: Signed,
    answer: Closed({
      attested: Type.Array(AttestedLetter, { maxItems: limits.maxAttestedPage }),
      /** Where to go on; null at the end. */
      next: Type.Union([Count, Type.Null()]),
    }),
    errors: ["nonce-required", "bad-signature", "wrong-signer"],
  }),
  postActivationLookup: route({
    method: "POST",
    path: "/v1/activation/lookup",
    summary: "The attestation that an activation secret belongs to; the secret itself is only proved",
    access: "public",
    body: Closed(activationProof),
    answer: Closed({
      attestation: Signed,
      /** So that a phone with a wrong clock dates its genesis as it was: a claim, bounded by the letter. */
      serverTime: Claim(Time),
    }),
    errors: ["nonce-required", "activation-unknown", "activation-expired", "activation-used"],
  }),
  postActivation: route({
    method: "POST",
    path: "/v1/activation",
    summary:
      "The genesis of a device chain, signed by activation key and new device; the same bytes again succeed",
    access: "public",
    /** `pinRecord`: OPAQUE record of a registration of this letter, so that a device never exists without its second step. */
    body: Closed({ genesis: Signed, registrationId: RegistrationIdText, pinRecord: OpaqueText }),
    answer: Closed({ sequence: Count }),
    errors: [
      "bad-signature",
      "wrong-signer",
      "clock-wrong",
      "activation-unknown",
      "activation-expired",
      "activation-used",
    ],
  }),
  postActivationPin: route({
    method: "POST",
    path: "/v1/activation/pin",
    summary: "First half of an OPAQUE registration for a device that is about to be activated",
    access: "public",
    body: Closed({ ...activationProof, deviceId: DeviceIdText, request: OpaqueText }),
    /** `registrationId`: of this letter and this device alone, used once. The key behind it is fresh each time. */
    answer: Closed({ registrationId: RegistrationIdText, response: OpaqueText }),
    errors: ["nonce-required", "activation-unknown", "activation-expired", "activation-used"],
  }),
  postSignIn: route({
    method: "POST",
    path: "/v1/sign-in",
    summary: "Step one: an access token of level `device` for a device that proves its key",
    access: "device-proof",
    /** `version` of the protocol that this app speaks. */
    body: Closed({ deviceId: DeviceIdText, version: ProtocolVersion }),
    /** `version` that this server speaks, and the oldest that it takes. */
    answer: Closed({
      ...Token,
      version: ProtocolVersion,
      oldestVersion: ProtocolVersion,
    }),
    errors: ["device-ended", "app-too-old"],
  }),
  ...secondStepRoutes,
  getAgreement: route({
    method: "GET",
    path: "/v1/agreement",
    summary: "The usage agreement in force; null before the first was published",
    access: "public",
    answer: Closed({ agreement: Type.Union([Signed, Type.Null()]) }),
    errors: [],
  }),
  postAgreement: route({
    method: "POST",
    path: "/v1/agreement",
    summary: "The next version of the usage agreement, signed by a policy key",
    access: "public",
    body: Signed,
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "outdated"],
  }),
  postAgreementAcceptance: route({
    method: "POST",
    path: "/v1/agreement/acceptance",
    summary: "A device's signed acceptance of a later version",
    access: "device",
    body: Signed,
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "outdated"],
  }),
  getPolicy: route({
    method: "GET",
    path: "/v1/policy",
    summary: "The newest policy; null before the first was set",
    access: "public",
    answer: Closed({ policy: Type.Union([Signed, Type.Null()]) }),
    errors: [],
  }),
  postPolicy: route({
    method: "POST",
    path: "/v1/policy",
    summary: "The next version of the policy, signed by a policy key",
    access: "public",
    body: Signed,
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "clock-wrong", "outdated"],
  }),
  postOrder: route({
    method: "POST",
    path: "/v1/orders",
    summary: "An order to one device, signed by a revocation key",
    access: "public",
    body: Closed({ kind: OrderKind, order: Signed }),
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "clock-wrong", "outdated", "not-found"],
  }),
  postOrderReceipt: route({
    method: "POST",
    path: "/v1/orders/receipts",
    summary: "The device's signed answer that an order was carried out",
    access: "device-proof",
    body: Closed({ deviceId: DeviceIdText, receipt: Signed }),
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "not-found"],
  }),
  postDeviceQuery: route({
    method: "POST",
    path: "/v1/devices/query",
    summary: "Orders and receipts of one officer's devices, for the holder of a revocation key",
    access: "public",
    /** As type `DeviceQuery`: names the officer and a fresh nonce of this server. */
    body: Signed,
    answer: Closed({
      devices: Type.Array(DeviceReport, { maxItems: 100 }),
    }),
    errors: ["nonce-required", "bad-signature", "wrong-signer", "not-found"],
  }),
  postSignOut: route({
    method: "POST",
    path: "/v1/sign-out",
    summary: "Ends every token and connection of this device",
    access: "device",
    answer: Done,
    errors: [],
  }),
  getDirectory: route({
    method: "GET",
    path: "/v1/directory",
    summary: "Directory entries that changed behind a sequence number, in order",
    access: "opened",
    query: Closed({ after: QueryCount }),
    answer: Closed({
      entries: Type.Array(DirectoryEntry, { maxItems: limits.maxDirectoryPage }),
      /** Number of the newest change, of a person or of the manifest; there is more until a page is empty. */
      head: Claim(Type.Integer({ minimum: 0, maximum: limits.maxSignedNumber })),
    }),
    errors: [],
  }),
  postKeyPackages: route({
    method: "POST",
    path: "/v1/key-packages",
    summary: "Adds key packages of this device",
    access: "opened",
    body: Closed({
      keyPackages: Type.Array(Bytes(limits.maxKeyPackageBytes, 1), {
        minItems: 1,
        maxItems: limits.keyPackagesPerDevice,
      }),
    }),
    answer: Closed({ left: Claim(Count) }),
    errors: [],
  }),
  postKeyPackageClaim: route({
    method: "POST",
    path: "/v1/key-packages/claim",
    summary: "One key package of every device of the users named; each is given out once",
    access: "opened",
    body: Closed({ userIds: Type.Array(UserIdText, { minItems: 1, maxItems: limits.maxClaimUsers }) }),
    /** Users without any device are missing; the caller hears `key-packages-available` when that changes. */
    answer: Closed({ devices: Type.Array(ClaimedDevice, { maxItems: limits.maxRoomDevices }) }),
    errors: [],
  }),
  getGroupInfo: route({
    method: "GET",
    path: "/v1/rooms/:roomId/group-info",
    summary: "The group that a room is in now, for a member that lost its place in it",
    access: "opened",
    params: Closed({ roomId: RoomIdText }),
    answer: Closed({
      epoch: Claim(Count),
      groupId: GroupId,
      groupInfo: Bytes(limits.maxGroupInfoBytes, 1),
      /** The RoomRoles chain, first version first. */
      roles: Type.Array(Signed, { minItems: 1, maxItems: limits.maxRolesVersion }),
    }),
    errors: ["not-found"],
  }),
  getArrivals: route({
    method: "GET",
    path: "/v1/rooms/:roomId/arrivals",
    summary: "Which devices were added to a room and have fetched nothing of it since, for its members",
    access: "opened",
    params: Closed({ roomId: RoomIdText }),
    answer: Closed({ awaited: Type.Array(ClientIdText, { maxItems: limits.maxRoomDevices }) }),
    errors: ["not-found"],
  }),
  ...attachmentRoutes,
} as const;

export type RouteName = keyof typeof routes;
