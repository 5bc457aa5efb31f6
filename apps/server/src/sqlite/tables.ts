/** The tables as the query builder knows them: a common subset of SQL, text ids, integer milliseconds, blobs. */
import type { AttachmentId, ClientId, DeviceId, RoomId, UnitId, UserId } from "@nimes/protocol/ids";
import type { DeviceClass } from "@nimes/protocol/schema";
import type { Generated } from "kysely";

export type Tables = {
  /** `sequence`: place among the changes of the directory. */
  manifests: { version: number; signed: Uint8Array; sequence: number };
  users: { user_id: UserId; sequence: number };
  letters: {
    user_id: UserId;
    activation_key: Uint8Array;
    generation: number;
    device_class: DeviceClass;
    activate_until: number;
    used: Generated<0 | 1>;
  };
  /** `counts`: whether the desk key does, by the newest manifest. */
  attestations: {
    id: Generated<number>;
    user_id: UserId;
    activation_key: Uint8Array;
    desk_key: Uint8Array;
    unit_id: UnitId;
    valid_from: number;
    attestation: Uint8Array;
    counts: Generated<0 | 1>;
  };
  transfers: {
    user_id: UserId;
    generation: number;
    from_unit: UnitId;
    to_unit: UnitId;
    transfer: Uint8Array;
    by_root: 0 | 1;
  };
  devices: {
    device_id: DeviceId;
    user_id: UserId;
    client_id: ClientId;
    device_key: Uint8Array;
    device_class: DeviceClass;
    genesis: Uint8Array;
    activation_key: Uint8Array;
    generation: number;
    accepted_agreement: Generated<number>;
    ended: Generated<0 | 1>;
    revoked: Generated<0 | 1>;
    locked: Generated<0 | 1>;
    destroyed: Generated<0 | 1>;
    signed_out_at: Generated<number>;
  };
  pin_records: { device_id: DeviceId; sealed: Uint8Array };
  key_packages: { id: Generated<number>; device_id: DeviceId; digest: Uint8Array; bytes: Uint8Array | null };
  key_package_waits: { waiting_device: DeviceId; user_id: UserId };
  attachments: {
    attachment_id: AttachmentId;
    room_id: RoomId;
    device_id: DeviceId;
    size: number;
    complete: 0 | 1;
    created_at: number;
  };
};
