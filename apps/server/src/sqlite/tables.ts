/** The tables as the query builder knows them: a common subset of SQL, text ids, integer milliseconds, blobs. */
import type { AttachmentId, ClientId, DeviceId, RoomId, UserId } from "@nimes/protocol/ids";
import type { Generated } from "kysely";

export type Tables = {
  manifests: { version: number; signed: Uint8Array };
  users: {
    user_id: UserId;
    sequence: number;
    generation: number;
    attestation: Uint8Array;
    activation_key: Uint8Array;
    activate_until: number;
    valid_from: number;
  };
  former_attestations: { user_id: UserId; generation: number; attestation: Uint8Array };
  devices: {
    device_id: DeviceId;
    user_id: UserId;
    client_id: ClientId;
    device_key: Uint8Array;
    genesis: Uint8Array;
    generation: number;
    ended: Generated<0 | 1>;
    signed_out_at: Generated<number>;
  };
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
