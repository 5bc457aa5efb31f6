/** Wires the services of one server to its stores. */
import { createHmac, randomBytes } from "node:crypto";
import { deviceOf } from "@nimes/protocol/ids";
import type { DataFolder } from "./data-folder.ts";
import { folderObjectStore } from "./files/folder-object-store.ts";
import type { PinKey } from "./pin-key.ts";
import type { HintBus } from "./ports/hint-bus.ts";
import type { Stores } from "./ports/stores.ts";
import { createActivation } from "./services/activation.ts";
import { createAttachments } from "./services/attachments.ts";
import { createAttesting } from "./services/attesting.ts";
import { createDestroy } from "./services/destroy.ts";
import type { DestroyedLog } from "./services/destroyed-log.ts";
import { createDeviceStates } from "./services/device-state.ts";
import { createKeyPackages } from "./services/key-packages.ts";
import { createNonces, createReplayCache } from "./services/nonces.ts";
import { createOpaque } from "./services/opaque.ts";
import { createOpening } from "./services/opening.ts";
import { createOrders } from "./services/orders.ts";
import { createOrganisation } from "./services/organisation.ts";
import { createPasskeys } from "./services/passkey.ts";
import { createPin } from "./services/pin.ts";
import { createPinRecords } from "./services/pin-record.ts";
import { createPinRegistrations } from "./services/pin-registration.ts";
import { createProofs } from "./services/proofs.ts";
import { createRecordSeal } from "./services/record-seal.ts";
import { createRoomLog } from "./services/room-log.ts";
import { createRules } from "./services/rules.ts";
import { createSignIn } from "./services/sign-in.ts";

export type ServiceNeeds = {
  stores: Stores;
  data: DataFolder;
  pinKey: PinKey;
  destroyedLog: DestroyedLog;
  hints: HintBus;
  rootHash: Uint8Array;
  quotaBytes: number;
  isOwnOrigin: (origin: string) => boolean;
  now: () => number;
  onStoreFailure: (error: unknown) => void;
};
export type Services = Awaited<ReturnType<typeof createServices>>;

export async function createServices(needs: ServiceNeeds) {
  const { stores, data, pinKey, destroyedLog, hints, isOwnOrigin, now } = needs;
  const { directory } = stores;
  // Of this process alone: it remembers which proofs were used, so those of an earlier one must not count (A4).
  const nonces = createNonces(randomBytes(32), now);
  const proofs = createProofs({ nonces, replays: createReplayCache(now), isOwnOrigin });
  const signIn = createSignIn({ stores, key: subKey(data.serverKey, "tokens"), now });
  const destroy = createDestroy({ stores, log: destroyedLog, hints });
  const opening = createOpening({ stores, signIn, now });
  const seal = createRecordSeal(pinKey.subKey("records"));
  const opaque = await createOpaque(pinKey.opaqueSetup);
  const records = createPinRecords(seal);
  const registrations = createPinRegistrations({ stores, opaque, seal, records, now });
  const pin = createPin({ stores, opaque, seal, records, registrations, opening, destroy, now });
  const organisation = createOrganisation({
    directory,
    keyPackages: stores.keyPackages,
    rules: stores.rules,
    hints,
    rootHash: needs.rootHash,
    now,
  });
  await organisation.judgeAnew();
  return {
    nonces,
    proofs,
    signIn,
    pin,
    passkeys: createPasskeys({ stores, seal, opening, pin, hints, now }),
    rules: createRules({ stores, hints, now }),
    orders: createOrders({ stores, nonces, destroy, hints, now }),
    deviceStates: createDeviceStates({ stores, pin, now }),
    organisation,
    attesting: createAttesting({ directory, nonces, now }),
    activation: createActivation({ stores, nonces, registrations, destroy, destroyedLog, hints, now }),
    keyPackages: createKeyPackages({ stores, hints, now }),
    roomLog: createRoomLog({
      store: stores.roomLog,
      hints,
      now,
      async keyOf(clientId) {
        const device = await directory.device(deviceOf(clientId));
        return device?.clientId === clientId ? device.deviceKey : undefined;
      },
      onStoreFailure: needs.onStoreFailure,
    }),
    attachments: createAttachments({
      store: stores.attachments,
      objects: folderObjectStore(data.attachmentsFolder),
      roomLog: stores.roomLog,
      quotaBytes: needs.quotaBytes,
      now,
    }),
  };
}

/** A key for one purpose from the server's secret. */
const subKey = (secret: Uint8Array, purpose: string): Uint8Array =>
  Uint8Array.from(createHmac("sha256", secret).update(`NIMes/${purpose}/v1`).digest());
