/**
 * The face of the client library: all a user interface needs and nothing else. In the browser the implementation
 * lives in the worker that holds the keys, so every argument and answer can be cloned; in Node it is used directly.
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { ClientId, MessageId, RoomId, UnitId, UserId } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import type { DeviceClass } from "@nimes/protocol/schema";
import type { ClassPolicy } from "@nimes/protocol/signed/policy";
import type { RoomKind, RoomRole } from "@nimes/protocol/signed/room-roles";
import type { AgreementText } from "@nimes/protocol/signed/usage-agreement";
import type { PinJudgement } from "./pin/pin-rules.ts";

export type Connection =
  | { state: "connecting" }
  /** `remaining` entries are still to be opened. */
  | { state: "catching-up"; remaining: number }
  | { state: "online" }
  /** `retryAt`: milliseconds since 1970 of the next attempt; undefined while the browser says there is no network. */
  | { state: "offline"; retryAt?: number };

export type ClientState =
  | { state: "starting" }
  | { state: "not-activated" }
  /** Another tab of this browser has the capsule open. */
  | { state: "other-tab" }
  /** The capsule is closed: no key of it is in memory. */
  | { state: "locked"; lock: Lock }
  /** Opened, and a newer usage agreement has to be accepted before anything is shown. */
  | { state: "agreement"; agreement: Agreement }
  /** The capsule is gone for good; `reason` is what the order said. */
  | { state: "destroyed"; why: "tries" | "wipe" | "evicted"; reason?: string }
  /** Written by a release whose format this one does not know; only a fresh start helps. */
  | { state: "old-format" }
  | {
      state: "ready";
      me: Me;
      connection: Connection;
      /** Own messages of all rooms that the server has not accepted yet; wedged ones do not count. */
      waiting: number;
      directory: "sound" | "contradictory";
    }
  /** This device no longer belongs to the circle. */
  | { state: "ended" }
  | { state: "failed"; code: ErrorCode };

/** What the lock screen shows. */
export type Lock = {
  displayName: string;
  deviceClass: DeviceClass;
  /** Undefined until the server has told. */
  triesLeft?: number;
  /** Own clock, milliseconds: no try is taken before. */
  waitUntil?: number;
  /** A passkey opens it, with network. */
  passkey: boolean;
  /** Own clock, milliseconds: until then the passkey opens it without network, where the policy allows. */
  offlineUntil?: number;
  /** Locked by order: what it said. */
  order?: { reason: string };
  /** Something waits; what it is, nobody knows before the opening. */
  waiting: boolean;
  /** Milliseconds that this device's clock was ahead of the server's at the last contact; undefined before it. */
  clockAheadMs?: number;
};

export type Agreement = {
  version: number;
  validFrom: number;
  de: AgreementText;
  en: AgreementText;
};

/** Which rules apply to this phone. */
export type Rules = {
  policyVersion: number;
  deviceClass: DeviceClass;
  policy: ClassPolicy;
  passkey: boolean;
};

export type Me = {
  userId: UserId;
  clientId: ClientId;
  displayName: string;
  unitName: string;
  function: string;
  organisation: string;
  deviceClass: DeviceClass;
};

/** What the letter is for, shown before it is used. */
export type ActivationPreview = {
  displayName: string;
  unitName: string;
  function: string;
  organisation: string;
  deviceClass: DeviceClass;
  activateUntil: number;
  /** Characters that a PIN must have on this device. */
  pinMinLength: number;
};

export type Person = {
  userId: UserId;
  displayName: string;
  unitId: UnitId;
  unitName: string;
  function: string;
  /** False until the person has activated a device; can be written to all the same. */
  reachable: boolean;
  devices: { clientId: ClientId; deviceClass: DeviceClass; since: number }[];
  /** Devices that a later letter has ended. */
  ended?: EndedDevice[];
};

export type EndedDevice = { clientId: ClientId; deviceClass: DeviceClass; since: number; until: number };

export type Directory = { units: { unitId: UnitId; name: string }[]; people: Person[] };

/** Where an own message is on its way. Others' messages have none. */
export type Delivery =
  | { state: "waiting" }
  /** Bytes of the encrypted file. */
  | { state: "uploading"; sent: number; total: number }
  | { state: "sent" }
  | { state: "delivered" }
  | { state: "wedged"; reason: ErrorCode };

export type MessageBody =
  | { kind: "text"; text: string }
  | {
      kind: "picture";
      caption: string;
      width: number;
      height: number;
      /** Encoded picture, shown at once. */
      thumbnail: Uint8Array;
      thumbnailType: string;
      sizeBytes: number;
    }
  /** From a newer app. */
  | { kind: "newer" };

export type MessageItem = {
  kind: "message";
  messageId: MessageId;
  sender: { userId: UserId; displayName: string };
  own: boolean;
  /** Sender's clock, milliseconds. */
  sentAt: number;
  /** Place in the room log; undefined until the server has accepted it. */
  sequence?: number;
  body: MessageBody;
  delivery?: Delivery;
};

/** Something about the room itself that people should see. */
export type Notice =
  | { type: "founded"; by: string }
  | { type: "added"; by: string; people: string[] }
  | { type: "removed"; by: string; people: string[] }
  | { type: "removed-you"; by: string }
  | { type: "renamed"; by: string; name: string }
  /** `count` messages of this sender never arrived (P4). */
  | { type: "loss"; sender: string; count: number }
  /** The server shows different devices different histories (P4). */
  | { type: "fork"; sender: string }
  | { type: "expired"; count: number }
  | { type: "unopened"; sender: string }
  /** The gate refused a change. */
  | { type: "refused"; sender: string }
  /**
   * `person` has a new device, which is not in the room: whoever may add people adds it again after having spoken to
   * them, by `addPeople`.
   */
  | { type: "new-device"; person: string; userId: UserId };

export type NoticeItem = { kind: "notice"; id: string; at: number; sequence?: number; notice: Notice };
export type TimelineItem = MessageItem | NoticeItem;

export type TimelinePage = {
  /** Oldest first. */
  items: TimelineItem[];
  hasOlder: boolean;
  /** First message that was unread when this page was asked for. */
  firstUnread?: MessageId;
};

export type RoomSummary = {
  roomId: RoomId;
  kind: RoomKind;
  /** Name of the group, or of the other person. */
  name: string;
  /** Second line of the other person: unit. */
  unitName?: string;
  peer?: UserId;
  last?: { senderName: string; own: boolean; at: number; preview: Preview; delivery?: Delivery };
  unread: number;
  draft: string;
  people: number;
  devices: number;
  /** False once this device has been removed. */
  writable: boolean;
};
export type Preview =
  | { kind: "text"; text: string }
  | { kind: "picture"; caption: string }
  | { kind: "newer" };

export type RoomMember = {
  userId: UserId;
  displayName: string;
  unitName: string;
  role: RoomRole;
  /** Pending: is added by itself as soon as the phone has been online. */
  state: "member" | "pending";
  devices: { clientId: ClientId; deviceClass: DeviceClass; since: number }[];
  /** Devices in the room that a later letter has ended; without any other the person reads nothing new here. */
  ended?: EndedDevice[];
};

export type RoomDetail = RoomSummary & {
  members: RoomMember[];
  canChangeMembers: boolean;
  /** May add members again who come with a new device, in a direct room, too. */
  mayBringBack: boolean;
};

/** What changed; whoever shows it asks again. */
export type Change =
  | { of: "state" }
  | { of: "rooms" }
  | { of: "room"; roomId: RoomId }
  | { of: "directory" }
  /** Progress of an upload, often: carries its value. */
  | { of: "upload"; roomId: RoomId; messageId: MessageId; sent: number; total: number };

export type NimesClient = {
  state(): Promise<ClientState>;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (change: Change) => void): Promise<() => void>;

  /** Checks a letter against the server without using it. */
  previewActivation(link: string): Promise<Result<ActivationPreview>>;
  /** The usage agreement in force, verified from the letter's root; undefined where none was published. */
  agreementFor(link: string): Promise<Result<Agreement | undefined>>;
  /**
   * Uses the letter: makes this device's keys, its capsule and the genesis of its chain. No key exists before (C7).
   * @param consent the PIN, and the version of the agreement that was accepted, 0 where there is none.
   */
  activate(link: string, consent: { pin: string; agreementVersion: number }): Promise<Result<Me>>;

  /** How good a PIN would be, judged on this device alone. */
  judgePin(pin: string, minLength: number): Promise<PinJudgement>;
  /** Opens the capsule. A wrong PIN is `pin-wrong`; what is left stands in the state. */
  open(pin: string): Promise<Result<void>>;
  /**
   * WebAuthn options (JSON text) for the page, which alone may ask the authenticator. `offline`: nobody but the
   * authenticator's secret opens, the response is not needed.
   */
  passkeyRequest(): Promise<Result<{ options: string; offline: boolean }>>;
  /** @param assertion response as JSON text; null when opened without network. `prf`: 32 secret bytes. */
  openWithPasskey(assertion: { response: string | null; prf: Uint8Array }): Promise<Result<void>>;
  passkeyCreation(): Promise<Result<string>>;
  addPasskey(created: { response: string; prf: Uint8Array }): Promise<Result<void>>;
  removePasskey(): Promise<Result<void>>;
  changePin(pins: { current: string; next: string }): Promise<Result<void>>;
  acceptAgreement(version: number): Promise<Result<void>>;
  rules(): Promise<Rules | undefined>;
  /** The usage agreement in force, to read it again; undefined where none was published. */
  agreement(): Promise<Result<Agreement | undefined>>;
  /** Closes the capsule; the page ends the worker right after. */
  lock(): Promise<void>;
  /** Clears what is left of a destroyed capsule or an old format, for a new letter. */
  startAfresh(): Promise<void>;

  rooms(): Promise<RoomSummary[]>;
  room(roomId: RoomId): Promise<RoomDetail | undefined>;
  /** The newest items, or those before the item named. */
  timeline(roomId: RoomId, page: { before?: string; limit: number }): Promise<TimelinePage>;
  directory(): Promise<Directory>;

  /** The room with this person, founded when there is none. */
  openDirectRoom(userId: UserId): Promise<Result<RoomId>>;
  /** @param group.moderators those of `userIds` who may add and remove people, too. */
  createGroup(group: { name: string; userIds: UserId[]; moderators?: UserId[] }): Promise<Result<RoomId>>;
  addPeople(roomId: RoomId, userIds: UserId[]): Promise<Result<void>>;
  removePerson(roomId: RoomId, userId: UserId): Promise<Result<void>>;

  /** Stored when this resolves; goes out by itself, now or when the network is back. */
  sendText(roomId: RoomId, text: string): Promise<Result<MessageId>>;
  /** Makes the picture safe on this device (metadata gone, upright), stores it, then sends it. */
  sendPicture(roomId: RoomId, picture: { file: Blob; caption: string }): Promise<Result<MessageId>>;
  /** Tries a wedged message again. */
  retry(roomId: RoomId, messageId: MessageId): Promise<void>;
  /** Cancels an upload, or deletes a message that has not been accepted. */
  discard(roomId: RoomId, messageId: MessageId): Promise<Result<void>>;
  /** The whole picture, opened and checked; fetched when it is not at hand. */
  picture(roomId: RoomId, messageId: MessageId): Promise<Result<{ bytes: Uint8Array; mediaType: string }>>;

  setDraft(roomId: RoomId, text: string): Promise<void>;
  /** Everything up to this place has been seen. */
  markRead(roomId: RoomId, sequence: number): Promise<void>;
  /** Tries to connect at once instead of waiting for the next attempt. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
};
