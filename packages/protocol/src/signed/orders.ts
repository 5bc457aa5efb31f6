/** Orders to one device, signed by a revocation key, and the device's signed answer. */
import * as Type from "typebox";
import { Bytes32, Closed, DeviceIdText, OrgIdText, Time, UserIdText } from "../schema.ts";

/**
 * The kind of order is part of the signature's domain (`LockOrder`, `UnlockOrder`, `WipeOrder`), and stands here so that
 * a device knows under which to verify it.
 */
export const OrderKind = Type.Union([Type.Literal("lock"), Type.Literal("unlock"), Type.Literal("wipe")]);
export type OrderKind = Type.Static<typeof OrderKind>;

export const Order = Closed({
  orgId: OrgIdText,
  kind: OrderKind,
  deviceId: DeviceIdText,
  /** Rises with every order to this device; a lower or equal one is ignored (K4). */
  sequence: Type.Integer({ minimum: 1 }),
  /** Shown to the officer. */
  reason: Type.String({ minLength: 1, maxLength: 200 }),
  time: Time,
});
export type Order = Type.Static<typeof Order>;

export const orderSignedType = { lock: "LockOrder", unlock: "UnlockOrder", wipe: "WipeOrder" } as const;

/** By the device key: the order was carried out. */
export const OrderReceipt = Closed({
  orgId: OrgIdText,
  deviceId: DeviceIdText,
  /** Hash of the order's payload. */
  order: Bytes32,
  sequence: Type.Integer({ minimum: 1 }),
  kind: OrderKind,
  time: Time,
});
export type OrderReceipt = Type.Static<typeof OrderReceipt>;

/** By a revocation key: asks what became of the orders to an officer's devices. */
export const DeviceQuery = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  nonce: Type.String({ maxLength: 200 }),
});
export type DeviceQuery = Type.Static<typeof DeviceQuery>;
