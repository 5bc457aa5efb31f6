/** What a message says of an encrypted file that lies at the server: fields of every kind that has one. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { AttachmentIdText, Bytes32, Closed } from "../schema.ts";

export const fileFields = {
  attachmentId: AttachmentIdText,
  /** AES-256 key of this file alone. */
  key: Bytes32,
  /** Plain size in bytes. */
  size: Type.Integer({ minimum: 1, maximum: limits.maxAttachmentBytes }),
  /** Encrypted chunks; checked against `size` before the first is fetched. */
  chunks: Type.Integer({ minimum: 1, maximum: limits.maxAttachmentChunks }),
  /** SHA-256 of the encrypted file. */
  hash: Bytes32,
};
const EncryptedFile = Closed(fileFields);
export type EncryptedFile = Type.Static<typeof EncryptedFile>;
