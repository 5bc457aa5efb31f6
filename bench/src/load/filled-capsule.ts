/** A capsule as an officer has it after some months: rooms, messages, colleagues. */
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import type { CapsuleKeys } from "@nimes/client/capsule/keys";
import { deriveCapsuleKeys, randomSecret } from "@nimes/client/capsule/keys";
import { firstSnapshot } from "@nimes/client/capsule/revision-log";
import { openSealedStore } from "@nimes/client/capsule/sealed-store";
import type { RoomRecord } from "@nimes/client/core/room-record";
import { foundedRoom } from "@nimes/client/core/room-record";
import type { Storage } from "@nimes/client/ports/storage";
import type { Store, Write } from "@nimes/client/ports/store";
import { toHex } from "@nimes/protocol/bytes";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId, MessageId, RoomId } from "@nimes/protocol/ids";
import { newMessageId } from "@nimes/protocol/ids";
import { addOfficer, type TestCircle } from "@nimes/testing/e2ee/test-device";
import { fillDirectory } from "./filled-directory.ts";

const text = "Streife 12 an Leitstelle: Lage am Bahnhof ruhig, wir bleiben bis 22 Uhr vor Ort.";
const messagesPerWrite = 100;

export type FilledCapsule = { storage: Storage; keys: CapsuleKeys; roomIds: RoomId[] };

/** An empty capsule and its key. */
export async function newCapsule(): Promise<{ storage: Storage; keys: CapsuleKeys }> {
  const storage = createMemoryStorage();
  const keys = await deriveCapsuleKeys(randomSecret());
  await storage.write([await firstSnapshot(keys)], "strict");
  return { storage, keys };
}

export async function fillCapsule(
  circle: TestCircle,
  amount: { rooms: number; messages: number; people: number },
): Promise<FilledCapsule> {
  const capsule = await newCapsule();
  const store = await openSealedStore(capsule.storage, capsule.keys);
  const self = await addOfficer(circle);
  await fillDirectory(store, circle.verified, { like: [self], people: amount.people });
  const roomIds: RoomId[] = [];
  for (let number = 0; number < amount.rooms; number += 1)
    roomIds.push(
      await fillRoom(store, { number, self: self.clientId, messages: amount.messages / amount.rooms }),
    );
  await store.close();
  return { ...capsule, roomIds };
}

async function fillRoom(
  store: Store,
  { number, self, messages }: { number: number; self: ClientId; messages: number },
): Promise<RoomId> {
  const roomId = toHex(sha256(Uint8Array.of(number >> 8, number & 0xff))) as RoomId;
  for (let from = 1; from <= messages; from += messagesPerWrite) {
    const changes: Write[] = [];
    for (let sequence = from; sequence < Math.min(from + messagesPerWrite, messages + 1); sequence += 1)
      changes.push(...messageAt(roomId, sequence, self));
    const room: RoomRecord = {
      ...foundedRoom({
        roomId,
        roles: { roomId, kind: "group", author: self, version: 1, hash: sha256(Uint8Array.of(1)), users: [] },
        signedRoles: [],
        standing: { state: "member" },
        since: 0,
        self,
        name: `Lage ${number}`,
        pending: [],
      }),
      cursor: messages,
    };
    await store.write([...changes, { put: "rooms", key: [roomId], record: room }], "relaxed");
  }
  return roomId;
}

function messageAt(roomId: RoomId, sequence: number, sender: ClientId): Write[] {
  const messageId: MessageId = newMessageId();
  const hash = sha256(Uint8Array.of(sequence & 0xff));
  const at = 1_700_000_000_000 + sequence * 60_000;
  const record = {
    kind: "message",
    messageId,
    sender,
    at,
    sentAt: at,
    body: { kind: "text", text },
  } as const;
  return [
    { put: "log", key: [roomId, sequence], record: { hash, bytesHash: hash } },
    { put: "timeline", key: [roomId, sequence, 1], record },
    { put: "messages", key: [roomId, messageId], record: { sequence, index: 1, sender } },
  ];
}
