/**
 * The header of an MLS message (RFC 9420, section 6): enough to decide what a message is before any MLS library
 * sees its bytes, and for the server to know a message's room and epoch. Nothing here is authenticated.
 */
import type { Result } from "./result.ts";
import type { TlsReader } from "./tls-reader.ts";
import { readTls } from "./tls-reader.ts";

/**
 * RFC 9420, section 6: `Sender`. Only members can be told apart by it; outsiders are whoever they say, a joiner among them,
 * who comes in by an external commit.
 */
export type MlsSender = { type: "member"; leaf: number } | { type: "joiner" } | { type: "outsider" };
export type MlsContentType = "application" | "proposal" | "commit";

export type MlsHeader =
  | {
      wireFormat: "public-message";
      groupId: Uint8Array;
      epoch: number;
      sender: MlsSender;
      contentType: MlsContentType;
      /** Where the content begins, behind the content type. */
      contentOffset: number;
    }
  | { wireFormat: "private-message"; groupId: Uint8Array; epoch: number; contentType: MlsContentType }
  | { wireFormat: "welcome"; cipherSuite: number }
  | { wireFormat: "group-info" }
  | { wireFormat: "key-package"; cipherSuite: number };

/** `ProtocolVersion` mls10. */
export const mlsVersion = 1;

/** Reads the header of an `MLSMessage`. @returns the header, or `malformed`; never throws, whatever the bytes. */
export const readMlsHeader = (bytes: Uint8Array): Result<MlsHeader> => readTls(bytes, mlsMessage);

function mlsMessage(reader: TlsReader): MlsHeader {
  if (reader.uint16() !== mlsVersion) reader.fail();
  switch (reader.uint16()) {
    case 1:
      return publicMessage(reader);
    case 2:
      return privateMessage(reader);
    case 3:
      return { wireFormat: "welcome", cipherSuite: reader.uint16() };
    case 4:
      return { wireFormat: "group-info" };
    case 5:
      if (reader.uint16() !== mlsVersion) reader.fail();
      return { wireFormat: "key-package", cipherSuite: reader.uint16() };
    default:
      return reader.fail();
  }
}

/** `PublicMessage` up to the content: the rest depends on structures that only a group can check. */
function publicMessage(reader: TlsReader): MlsHeader {
  const groupId = reader.opaque();
  const epoch = reader.uint64();
  const sender = readSender(reader);
  reader.opaque(); // authenticated_data
  const contentType = readContentType(reader);
  return {
    wireFormat: "public-message",
    groupId,
    epoch,
    sender,
    contentType,
    contentOffset: reader.offset,
  };
}

/** `PrivateMessage`, whole: bytes behind it or a cut end are malformed. */
function privateMessage(reader: TlsReader): MlsHeader {
  const groupId = reader.opaque();
  const epoch = reader.uint64();
  const contentType = readContentType(reader);
  reader.opaque(); // authenticated_data
  reader.opaque(); // encrypted_sender_data
  reader.opaque(); // ciphertext
  if (!reader.atEnd) reader.fail();
  return { wireFormat: "private-message", groupId, epoch, contentType };
}

function readSender(reader: TlsReader): MlsSender {
  switch (reader.uint8()) {
    case 1:
      return { type: "member", leaf: reader.uint32() };
    case 2: // external: index into the group's external senders
      reader.uint32();
      return { type: "outsider" };
    case 3: // new_member_proposal
      return { type: "outsider" };
    case 4: // new_member_commit
      return { type: "joiner" };
    default:
      return reader.fail();
  }
}

function readContentType(reader: TlsReader): MlsContentType {
  switch (reader.uint8()) {
    case 1:
      return "application";
    case 2:
      return "proposal";
    case 3:
      return "commit";
    default:
      return reader.fail();
  }
}
