/**
 * Pictures on their way: made safe, encrypted, uploaded in parts that survive interruptions, fetched and opened whole.
 *
 * What is stored is the safe picture and its key. The encrypted file is made again from them where it is needed: the
 * same key and picture always give the same bytes, so an upload goes on where the server says it stopped (TESTS B2).
 */

import { sealedSizeFor } from "@nimes/e2ee/attachments/chunks";
import { openAttachment } from "@nimes/e2ee/attachments/open-attachment";
import { newAttachmentKey, sealAttachment } from "@nimes/e2ee/attachments/seal-attachment";
import type { EncryptedFile } from "@nimes/protocol/content/encrypted-file";
import type { PictureBody } from "@nimes/protocol/content/picture";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { newAttachmentId, newMessageId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import { pictureBounds, readPicture } from "../../core/picture-bounds.ts";
import type { PictureRecord } from "../../core/records.ts";
import { fileOf } from "../../kinds/kinds.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Pictures } from "../../ports/pictures.ts";
import type { Store } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { Session } from "../connection/session.ts";
import type { Outbox } from "../delivery/outbox.ts";
import { readMessage } from "../rooms/room-knowledge.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import { fetchAttachment } from "./fetch-attachment.ts";
import type { UploadEnd } from "./upload-attachment.ts";
import { uploadAttachment } from "./upload-attachment.ts";

export type Attachments = {
  send(roomId: RoomId, picture: { file: Blob; caption: string }): Promise<Result<MessageId>>;
  /** Goes on with the uploads of a room, or of all. */
  resume(roomId?: RoomId): void;
  /** Tries a wedged message again, its upload too if that is what failed. */
  retry(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** Cancels an upload, or deletes a message that has not been accepted. */
  discard(roomId: RoomId, messageId: MessageId): Promise<Result<void>>;
  picture(roomId: RoomId, messageId: MessageId): Promise<Result<PictureRecord>>;
  close(): void;
};

export type AttachmentsNeeds = {
  store: Store;
  session: Session;
  outbox: Outbox;
  rooms: RoomRecords;
  pictures: Pictures;
  changes: Changes;
  clock: Clock;
  random: () => number;
  policy(): ClassPolicy;
  failed(error: unknown): void;
};

export function createAttachments(needs: AttachmentsNeeds): Attachments {
  const { store, session, outbox, rooms, changes } = needs;
  const uploads = new Map<MessageId, AbortController>();
  /** Bytes that have left this device, of what was made in this session: the server can have no more of it. */
  const offered = new Map<MessageId, number>();
  const fetching = new Map<MessageId, Promise<Result<PictureRecord>>>();
  /** Of the last picture that did not come whole: the next try goes on from there. */
  let unfinished: { messageId: MessageId; parts: Uint8Array<ArrayBuffer>[] } | undefined;

  function resume(roomId?: RoomId): void {
    for (const room of roomId ? [rooms.get(roomId)] : rooms.all()) {
      if (room?.standing.state !== "member") continue;
      for (const { messageId, body, stage } of outbox.records(room.roomId)) {
        const file = fileOf(body);
        if (stage.at === "uploading" && file) startUpload(room.roomId, messageId, file);
      }
    }
  }

  function startUpload(roomId: RoomId, messageId: MessageId, body: EncryptedFile): void {
    if (uploads.has(messageId)) return;
    const controller = new AbortController();
    uploads.set(messageId, controller);
    upload(roomId, { messageId, body, signal: controller.signal })
      .then(async (end) => {
        if (end === "cancelled") return;
        await outbox.setStage(roomId, messageId, () =>
          end === "complete"
            ? { at: "waiting" }
            : { at: "wedged", reason: end.refused, uploadBytes: sealedSizeFor(body.size) },
        );
        outbox.drain(roomId);
      })
      .catch(needs.failed)
      .finally(() => uploads.delete(messageId));
  }

  async function upload(
    roomId: RoomId,
    job: { messageId: MessageId; body: EncryptedFile; signal: AbortSignal },
  ): Promise<UploadEnd> {
    const { messageId, body, signal } = job;
    const picture = await store.get("pictures", [roomId, messageId]);
    if (!picture) return { refused: "not-found" };
    const { encrypted } = await sealAttachment(picture.bytes, body.key);
    const total = encrypted.byteLength;
    return uploadAttachment(needs, {
      roomId,
      attachmentId: body.attachmentId,
      encrypted,
      // An earlier session may have brought it all.
      offered: offered.get(messageId) ?? total,
      signal,
      onOffer: (bytes) => {
        if (offered.has(messageId)) offered.set(messageId, bytes);
      },
      onProgress(sent) {
        outbox.noteProgress(roomId, messageId, sent);
        changes.tell({ of: "upload", roomId, messageId, sent, total });
      },
    });
  }

  async function fetchPicture(roomId: RoomId, messageId: MessageId): Promise<Result<PictureRecord>> {
    const body = await bodyOf(roomId, messageId);
    if (!body) return refuse("not-found");
    const parts = unfinished?.messageId === messageId ? unfinished.parts : [];
    const fetched = await fetchAttachment(session, body, parts);
    unfinished = fetched.ok || fetched.code === "attachment-damaged" ? undefined : { messageId, parts };
    if (!fetched.ok) return fetched;
    const opened = await openAttachment(fetched.value, body);
    if (!opened.ok) return refuse("attachment-damaged");
    const bytes = opened.value;
    // What it is and how large follows from its bytes, whatever the message says (TESTS B3, B4).
    const mediaType = readPicture(bytes, pictureBounds);
    if (!mediaType.ok) return mediaType;
    const record = { bytes, mediaType: mediaType.value };
    await store.write([{ put: "pictures", key: [roomId, messageId], record }], "relaxed");
    return ok(record);
  }

  async function bodyOf(roomId: RoomId, messageId: MessageId): Promise<EncryptedFile | undefined> {
    const message = await readMessage(store, roomId, messageId);
    return message && fileOf(message.item.body);
  }

  return {
    async send(roomId, { file, caption }) {
      if (!needs.policy().picturesAllowed) return refuse("not-allowed-by-policy");
      if (caption.length > limits.maxCaptionLength) return refuse("too-large");
      const safe = await needs.pictures.makeSafe(file);
      if (!safe.ok) return safe;
      const { bytes, mediaType, width, height, thumbnail } = safe.value;
      if (bytes.byteLength > limits.maxAttachmentBytes) return refuse("too-large");
      const key = newAttachmentKey();
      const { encrypted, chunks, hash } = await sealAttachment(bytes, key);
      const messageId = newMessageId();
      const body: PictureBody = {
        kind: "picture",
        attachmentId: newAttachmentId(),
        key,
        size: bytes.byteLength,
        chunks,
        hash,
        mediaType,
        width,
        height,
        thumbnail,
        caption,
      };
      offered.set(messageId, 0);
      await outbox.compose(roomId, body, {
        messageId,
        stage: { at: "uploading", sent: 0, total: encrypted.byteLength },
        with: [{ put: "pictures", key: [roomId, messageId], record: { bytes, mediaType } }],
      });
      resume(rooms.current(roomId));
      return ok(messageId);
    },
    resume,
    async retry(roomId, messageId) {
      await outbox.retry(roomId, messageId);
      resume(roomId);
    },
    async discard(roomId, messageId) {
      uploads.get(messageId)?.abort();
      const discarded = await outbox.discard(roomId, messageId);
      if (!discarded.ok) return discarded;
      const file = fileOf(discarded.value.body);
      // What stays behind when this fails is encrypted, and the server deletes what no message names.
      if (file)
        session
          .call(routes.deleteAttachment, { params: { attachmentId: file.attachmentId } })
          .catch(needs.failed);
      return ok(undefined);
    },
    async picture(roomId, messageId) {
      const kept = await store.get("pictures", [roomId, messageId]);
      if (kept) return ok(kept);
      // Asked for twice, it lies in the memory once.
      const running =
        fetching.get(messageId) ?? fetchPicture(roomId, messageId).finally(() => fetching.delete(messageId));
      fetching.set(messageId, running);
      return running;
    },
    close() {
      for (const controller of uploads.values()) controller.abort();
    },
  };
}
