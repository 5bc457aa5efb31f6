/** A PIN record as the store has it: the OPAQUE record with its credential identifier, sealed for one device. */
import { utf8 } from "@nimes/protocol/bytes";
import type { DeviceId } from "@nimes/protocol/ids";
import type { RecordSeal } from "./record-seal.ts";

/** `credentialId`: made by the server for this record alone; the key of its OPRF follows from it. */
export type PinRecord = { credentialId: string; record: string };

export type PinRecords = {
  seal(deviceId: DeviceId, record: PinRecord): Uint8Array;
  /** @throws Error when the bytes are no record of this device. */
  open(deviceId: DeviceId, sealed: Uint8Array): PinRecord;
};

export const createPinRecords = (seal: RecordSeal): PinRecords => ({
  seal: (deviceId, { credentialId, record }) =>
    seal.seal("pin-record", deviceId, utf8(`${credentialId} ${record}`)),
  open(deviceId, sealed) {
    const text = Buffer.from(seal.open("pin-record", deviceId, sealed)).toString("utf8");
    const [credentialId, record] = text.split(" ");
    if (!credentialId || !record) throw new Error("a PIN record without its credential identifier");
    return { credentialId, record };
  },
});
