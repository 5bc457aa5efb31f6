/** Orders to one device, signed by a revocation key, and the device's signed answer. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes32, Closed, DeviceIdText, OrgIdText, SignedNumber, SignedTime, UserIdText } from "../schema.ts";

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
  sequence: SignedNumber,
  /** Shown to the officer. */
  reason: Type.String({ minLength: 1, maxLength: 200 }),
  time: SignedTime,
});
export type Order = Type.Static<typeof Order>;

export const orderSignedType = { lock: "LockOrder", unlock: "UnlockOrder", wipe: "WipeOrder" } as const;

/** How a device stands once an order was carried out. */
export type OrderedState = "locked" | "open" | "wiped";

/**
 * What an order does, for server and phone: the one place that knows.
 * @throws Error for anything but the known kinds: the schema has refused it before, so it is a bug to ask.
 */
export function stateAfter(kind: OrderKind): OrderedState {
  switch (kind) {
    case "lock":
      return "locked";
    case "unlock":
      return "open";
    case "wipe":
      return "wiped";
    default:
      throw new Error(`no order: ${String(kind satisfies never)}`);
  }
}

/** Whether an order follows the last one that was carried out: higher, and by no more than one signature may (K4). */
export const followsOrder = ({ sequence }: Pick<Order, "sequence">, last: number): boolean =>
  sequence > last && sequence - last <= limits.maxNumberStep;

/** By the device key: the order was carried out. */
export const OrderReceipt = Closed({
  orgId: OrgIdText,
  deviceId: DeviceIdText,
  /** Hash of the order's payload. */
  order: Bytes32,
  sequence: SignedNumber,
  kind: OrderKind,
  time: SignedTime,
});
export type OrderReceipt = Type.Static<typeof OrderReceipt>;

/** By a revocation key: asks what became of the orders to an officer's devices. */
export const DeviceQuery = Closed({
  orgId: OrgIdText,
  userId: UserIdText,
  nonce: Type.String({ maxLength: 200 }),
});
export type DeviceQuery = Type.Static<typeof DeviceQuery>;
