/** What a device must know before it shows anything. */
import type { DeviceId, UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Signed } from "@nimes/protocol/schema";
import type { Stores } from "../ports/stores.ts";
import type { Pin } from "./pin.ts";
import type { SignedIn } from "./sign-in.ts";

export type DeviceState = {
  orders: Signed[];
  policy: Signed | null;
  agreement: Signed | null;
  acceptedAgreement: number;
  triesLeft: number;
  waitMs: number;
  passkeys: { deviceId: DeviceId; credentialId: string; addedAt: number }[];
  serverTime: number;
  organisationVersion: number;
};

export type DeviceStates = {
  /** @param orderAfter last order that the device has carried out. */
  of(device: SignedIn, orderAfter: number): Promise<Result<DeviceState>>;
};

const maxOrders = 100;
const maxPasskeys = 10;

export function createDeviceStates(options: {
  stores: Pick<Stores, "directory" | "rules" | "passkeys">;
  pin: Pin;
  now: () => number;
}): DeviceStates {
  const { stores, pin, now } = options;
  const { directory, rules, passkeys } = stores;

  async function passkeysOf(userId: UserId): Promise<DeviceState["passkeys"]> {
    const devices = (await directory.devicesOf(userId)).slice(0, maxPasskeys);
    const found = await Promise.all(
      devices.map(async ({ deviceId }) => {
        const passkey = await passkeys.get(deviceId);
        return passkey && { deviceId, credentialId: passkey.credentialId, addedAt: passkey.addedAt };
      }),
    );
    return found.filter((one) => one !== undefined);
  }

  return {
    async of({ deviceId }, orderAfter) {
      await pin.sweep();
      const row = await directory.device(deviceId);
      if (!row) return refuse("unauthorised");
      const orders = (await rules.orders(deviceId, orderAfter)).slice(0, maxOrders);
      // A wiped device still gets the order that says so, until it has carried it out.
      if (row.destroyed && orders.length === 0) return refuse("capsule-destroyed");
      const { triesLeft, waitMs } = await pin.tries(deviceId);
      return ok({
        orders: orders.map(({ signed }) => signed),
        policy: (await rules.policy())?.signed ?? null,
        agreement: (await rules.agreementAt(now()))?.signed ?? null,
        acceptedAgreement: row.acceptedAgreement,
        triesLeft: row.destroyed ? 0 : triesLeft,
        waitMs,
        passkeys: await passkeysOf(row.userId),
        serverTime: now(),
        organisationVersion: await directory.newestVersion(),
      });
    },
  };
}
