/**
 * Orders to devices, signed by a revocation key. The server carries them, withholds what a locked device needs to open
 * and destroys what a wiped one needed; the device verifies them again and answers with a receipt of its own.
 */
import { equalBytes } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DeviceReport } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { orderHash } from "@nimes/protocol/signed/hashes";
import type { OrderKind } from "@nimes/protocol/signed/orders";
import {
  DeviceQuery,
  followsOrder,
  Order,
  OrderReceipt,
  orderSignedType,
  stateAfter,
} from "@nimes/protocol/signed/orders";
import { openSigned } from "@nimes/protocol/signed/signed";
import type { HintBus } from "../ports/hint-bus.ts";
import type { Stores } from "../ports/stores.ts";
import type { Destroy } from "./destroy.ts";
import { openByRole } from "./manifest-keys.ts";
import type { Nonces } from "./nonces.ts";
import type { ProvedKey } from "./proofs.ts";

export type Orders = {
  take(kind: OrderKind, signed: Signed): Promise<Result<void>>;
  takeReceipt(deviceId: DeviceId, receipt: Signed, key: ProvedKey): Promise<Result<void>>;
  query(signed: Signed): Promise<Result<{ devices: DeviceReport[] }>>;
};

export function createOrders(options: {
  stores: Pick<Stores, "directory" | "rules">;
  nonces: Nonces;
  destroy: Destroy;
  hints: HintBus;
  now: () => number;
}): Orders {
  const { stores, nonces, destroy, hints, now } = options;
  const { directory, rules } = stores;

  return {
    async take(kind, signed) {
      const what = { type: orderSignedType[kind], schema: Order, signed };
      const opened = await openByRole(directory, "revocationKeys", what);
      if (!opened.ok) return opened;
      const { said, signer } = opened.value;
      const { deviceId, sequence, time } = said;
      if (said.kind !== kind) return refuse("malformed", "/order");
      if (time > now() + limits.clockToleranceMs) return refuse("clock-wrong");
      if (!(await directory.device(deviceId))) return refuse("not-found");
      // No single order may use up the numbers of all that come behind it, and none whose key was struck out.
      const last = (await rules.lastOrder(deviceId)) ?? 0;
      if (sequence > last && !followsOrder(said, last)) return refuse("outdated");
      if (!(await rules.addOrder(deviceId, { sequence, signer, kind, signed, at: now() }))) {
        const [same] = await rules.orders(deviceId, sequence - 1);
        const again = same?.sequence === sequence && equalBytes(same.signed.payload, signed.payload);
        return again ? ok(undefined) : refuse("outdated");
      }
      hints.publish({ of: "orders-changed", to: deviceId });
      const state = stateAfter(kind);
      if (state === "locked") hints.publish({ of: "content-closed", deviceId, code: "device-locked" });
      if (state === "wiped") await destroy(deviceId);
      return ok(undefined);
    },
    async takeReceipt(deviceId, receipt, { deviceKey }) {
      const device = await directory.device(deviceId);
      if (!device || !equalBytes(device.deviceKey, deviceKey)) return refuse("unauthorised");
      const opened = await openSigned("OrderReceipt", OrderReceipt, receipt, [deviceKey]);
      if (!opened.ok) return opened;
      const said = opened.value;
      // Also for one whose key was struck out since: a phone that has carried it out must not wait with its answer for good.
      const order = (await rules.everyOrder(deviceId, said.sequence)).find(
        ({ kind, signed }) => kind === said.kind && equalBytes(orderHash(signed.payload), said.order),
      );
      if (!order || said.deviceId !== deviceId) return refuse("not-found");
      if (!order.receipt) await rules.addReceipt(deviceId, order, receipt);
      return ok(undefined);
    },
    async query(signed) {
      const what = { type: "DeviceQuery", schema: DeviceQuery, signed } as const;
      const opened = await openByRole(directory, "revocationKeys", what);
      if (!opened.ok) return opened;
      const { userId, nonce } = opened.value.said;
      if (!nonces.isFresh(nonce)) return refuse("nonce-required");
      if (!(await directory.user(userId))) return refuse("not-found");
      const devices: DeviceReport[] = [];
      for (const device of await directory.allDevicesOf(userId)) {
        const { deviceId, genesis, destroyed, acceptedAgreement } = device;
        const orders = await rules.orders(deviceId, 0);
        devices.push({
          deviceId,
          genesis,
          ended: device.ended || device.revoked || destroyed,
          destroyed,
          acceptedAgreement,
          orders: orders.map(({ kind, signed: order }) => ({ kind, order })),
          receipts: orders.flatMap(({ receipt }) => (receipt ? [receipt] : [])),
        });
      }
      return ok({ devices });
    },
  };
}
