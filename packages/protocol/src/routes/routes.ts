/** Every HTTP route of the protocol. */
import * as Type from "typebox";
import type { ErrorCode } from "../errors.ts";
import { isErrorCode } from "../errors.ts";
import { limits } from "../limits.ts";
import {
  AttachmentIdText,
  Bytes,
  Bytes32,
  ClientIdText,
  Closed,
  Count,
  DeviceIdText,
  RoomIdText,
  Signature,
  Signed,
  UserIdText,
} from "../schema.ts";
import { OrderKind } from "../signed/orders.ts";
import { route } from "./route.ts";
import { OpaqueText, QueryCount, secondStepRoutes } from "./second-step-routes.ts";

const Done = Closed({});
const AttachmentParams = Closed({ attachmentId: AttachmentIdText });
/** Proves an activation secret without showing it. */
const activationProof = {
  userId: UserIdText,
  activationKey: Bytes32,
  /** A nonce of this server, as it came in the header. */
  nonce: Type.String({ maxLength: 200 }),
  /** By the activation key over the UTF-8 bytes of the nonce, as type `ActivationProof`. */
  signature: Signature,
};

/** Everything known of a user: attestation and device chain. */
export const DirectoryEntry = Closed({
  sequence: Type.Integer({ minimum: 1 }),
  userId: UserIdText,
  attestation: Signed,
  links: Type.Array(Signed, { maxItems: 100 }),
  /**
   * Lower generations, lowest first: their devices have ended, but they stand in rooms and their logs, and no client
   * can judge those without knowing them.
   */
  former: Type.Optional(
    Type.Array(Closed({ attestation: Signed, links: Type.Array(Signed, { maxItems: 100 }) }), {
      maxItems: 100,
    }),
  ),
});
export type DirectoryEntry = Type.Static<typeof DirectoryEntry>;

/** One device of a claimed user; null while the device has no key package left. */
export const ClaimedDevice = Closed({
  clientId: ClientIdText,
  keyPackage: Type.Union([Bytes(limits.maxKeyPackageBytes, 1), Type.Null()]),
});
export type ClaimedDevice = Type.Static<typeof ClaimedDevice>;

const AttachmentState = Closed({ size: Count, received: Count, complete: Type.Boolean() });
const Code = Type.Unsafe<ErrorCode>(
  Type.Refine(Type.String(), isErrorCode, () => "must be a known error code"),
);

/** What every refusal answers. `field` names the offending field, never its content. */
export const Problem = Closed({ code: Code, field: Type.Optional(Type.String({ maxLength: 80 })) });
export type Problem = Type.Static<typeof Problem>;

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
    answer: Closed({ manifests: Type.Array(Signed, { maxItems: 10_000 }) }),
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
    errors: ["bad-signature", "wrong-signer", "outdated"],
  }),
  postActivationLookup: route({
    method: "POST",
    path: "/v1/activation/lookup",
    summary: "The attestation that an activation secret belongs to; the secret itself is only proved",
    access: "public",
    body: Closed(activationProof),
    answer: Closed({ attestation: Signed }),
    errors: ["nonce-required", "activation-unknown", "activation-expired", "activation-used"],
  }),
  postActivation: route({
    method: "POST",
    path: "/v1/activation",
    summary:
      "The genesis of a device chain, signed by activation key and new device; the same bytes again succeed",
    access: "public",
    /** `pinRecord`: OPAQUE registration record, so that a device never exists without its second step. */
    body: Closed({ genesis: Signed, pinRecord: OpaqueText }),
    answer: Closed({ sequence: Count }),
    errors: ["bad-signature", "wrong-signer", "activation-unknown", "activation-expired", "activation-used"],
  }),
  postActivationPin: route({
    method: "POST",
    path: "/v1/activation/pin",
    summary: "First half of an OPAQUE registration for a device that is about to be activated",
    access: "public",
    body: Closed({ ...activationProof, deviceId: DeviceIdText, request: OpaqueText }),
    answer: Closed({ response: OpaqueText }),
    errors: ["nonce-required", "activation-unknown", "activation-expired", "activation-used"],
  }),
  postSignIn: route({
    method: "POST",
    path: "/v1/sign-in",
    summary: "Step one: an access token of level `device` for a device that proves its key",
    access: "device-proof",
    body: Closed({ deviceId: DeviceIdText }),
    answer: Closed({ token: Type.String({ maxLength: 2048 }), lifetimeMs: Count }),
    errors: ["device-ended"],
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
    errors: ["bad-signature", "wrong-signer", "outdated"],
  }),
  postOrder: route({
    method: "POST",
    path: "/v1/orders",
    summary: "An order to one device, signed by a revocation key",
    access: "public",
    body: Closed({ kind: OrderKind, order: Signed }),
    answer: Done,
    errors: ["bad-signature", "wrong-signer", "outdated", "not-found"],
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
    access: "token",
    query: Closed({ after: QueryCount }),
    answer: Closed({
      entries: Type.Array(DirectoryEntry, { maxItems: limits.maxDirectoryPage }),
      /** Newest sequence number; there is more while the last entry is below it. */
      head: Count,
    }),
    errors: [],
  }),
  postKeyPackages: route({
    method: "POST",
    path: "/v1/key-packages",
    summary: "Adds key packages of this device",
    access: "token",
    body: Closed({
      keyPackages: Type.Array(Bytes(limits.maxKeyPackageBytes, 1), {
        minItems: 1,
        maxItems: limits.keyPackagesPerDevice,
      }),
    }),
    answer: Closed({ left: Count }),
    errors: [],
  }),
  postKeyPackageClaim: route({
    method: "POST",
    path: "/v1/key-packages/claim",
    summary: "One key package of every device of the users named; each is given out once",
    access: "token",
    body: Closed({ userIds: Type.Array(UserIdText, { minItems: 1, maxItems: limits.maxClaimUsers }) }),
    /** Users without any device are missing; the caller hears `key-packages-available` when that changes. */
    answer: Closed({ devices: Type.Array(ClaimedDevice, { maxItems: limits.maxRoomDevices }) }),
    errors: [],
  }),
  postAttachment: route({
    method: "POST",
    path: "/v1/attachments",
    summary: "Begins an upload for members of a room",
    access: "token",
    body: Closed({
      roomId: RoomIdText,
      /** Chosen by the device at random, so that beginning again is safe (P6). */
      attachmentId: AttachmentIdText,
      /** Encrypted size in bytes. */
      size: Type.Integer({ minimum: 1, maximum: limits.maxAttachmentBytes * 1.01 }),
    }),
    answer: AttachmentState,
    errors: ["not-a-member", "quota", "forbidden"],
  }),
  putAttachmentPart: route({
    method: "PUT",
    path: "/v1/attachments/:attachmentId",
    summary: "Appends bytes at an offset; `upload-offset` tells to ask where to go on",
    access: "token",
    params: AttachmentParams,
    query: Closed({ offset: QueryCount }),
    body: { bytes: limits.maxUploadPartBytes },
    answer: AttachmentState,
    errors: ["not-found", "upload-offset"],
  }),
  getAttachmentState: route({
    method: "GET",
    path: "/v1/attachments/:attachmentId/state",
    summary: "How much of an upload has arrived",
    access: "token",
    params: AttachmentParams,
    answer: AttachmentState,
    errors: ["not-found"],
  }),
  getAttachment: route({
    method: "GET",
    path: "/v1/attachments/:attachmentId",
    summary: "Encrypted bytes of a complete attachment, from an offset, at most one part",
    access: "token",
    params: AttachmentParams,
    query: Closed({ offset: QueryCount }),
    answer: "bytes",
    errors: ["not-found"],
  }),
  deleteAttachment: route({
    method: "DELETE",
    path: "/v1/attachments/:attachmentId",
    summary: "Takes back an upload of this device",
    access: "token",
    params: AttachmentParams,
    answer: Done,
    errors: ["not-found"],
  }),
} as const;

export type RouteName = keyof typeof routes;
