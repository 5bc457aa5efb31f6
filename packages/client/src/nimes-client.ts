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
import type { MarkBody, Preview, Shown, ShownMarks } from "./kinds/kinds.ts";
import type { PasskeyNotice } from "./opening/passkey-notices.ts";
import type { PinJudgement } from "./pin/pin-rules.ts";

/** App and server speak versions of the protocol that do not fit; only one of the two being updated helps. */
export type Misfit = Extract<ErrorCode, "app-too-old" | "server-too-old">;

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
  /** The capsule is gone for good; `reason` is what the order said. `passkey`: credential id that opened it. */
  | { state: "destroyed"; why: "tries" | "wipe" | "evicted"; reason?: string; passkey?: string }
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
  /** A passkey was added in the last days, as this device did itself or as the server says. */
  passkeyAdded?: PasskeyNotice;
  /** As the server said at the last contact; asked about again by itself. */
  misfit?: Misfit;
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
  /** Its credential id, for the authenticator to forget it when it is removed. */
  passkeyId?: string;
  /** A passkey was added and nobody here has said that they know. */
  passkeyAdded?: PasskeyNotice;
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

export type MessageItem = {
  kind: "message";
  messageId: MessageId;
  sender: { userId: UserId; displayName: string };
  own: boolean;
  /** By the server's clock, milliseconds, never before what stands above it; own clock while it waits. */
  at: number;
  /** Sender's clock, milliseconds: only where it was written long before. */
  writtenAt?: number;
  /** Place in the room log; undefined until the server has accepted it. */
  sequence?: number;
  body: Shown;
  /** What people have put on it, by the kind. */
  marks?: ShownMarks;
  delivery?: Delivery;
};

/** Something about the room itself that people should see. */
export type Notice =
  | { type: "founded"; by: string }
  /** Without `by`: who did it is not known. */
  | { type: "added"; by?: string; people: string[] }
  | { type: "removed"; by?: string; people: string[] }
  | { type: "removed-you"; by?: string }
  | { type: "renamed"; by: string; name: string }
  /** `count` messages of this sender never arrived (P4). */
  | { type: "loss"; sender?: string; count: number }
  /** The server shows different devices different histories (P4). */
  | { type: "fork"; sender?: string }
  /** `sender`: they came here and ended before anybody saw them; else they had ended before they came. */
  | { type: "expired"; count: number; sender?: string }
  | { type: "unopened"; sender?: string }
  /** The gate refused a change; the sender stands where it was signed. */
  | { type: "refused"; sender?: string }
  /** For long the server has not shown something that stands before what it shows. */
  | { type: "withheld" }
  /** The server goes on behind a backup: what was written since may be missing, and comes again where a device has it. */
  | { type: "restored" }
  /** `by` gave `person` another role here. */
  | { type: "role"; by: string; person: string; role: RoomRole }
  /** Somebody left by themselves. */
  | { type: "left"; person: string }
  /** The room goes on in a new group, because the old one could not. */
  | { type: "refounded"; by: string }
  /** These people were in the room, are not in its new group yet, and are added as soon as that is possible. */
  | { type: "left-out"; people: string[] }
  /** This device had lost its place in the room and has come back; what it could not read is asked for. */
  | { type: "came-back" }
  /**
   * `person` has a new device, which is not in the room: whoever may add people adds it again after having spoken to
   * them, by `addPeople`.
   */
  | { type: "new-device"; person: string; userId: UserId }
  /** Another unit vouches for `person` than before, with a transfer; `unit` is the one of today. */
  | { type: "changed-unit"; person: string; unit: string }
  /** Of a kind that this app does not know. */
  | { type: "newer" };

export type NoticeItem = { kind: "notice"; id: string; at: number; sequence?: number; notice: Notice };
export type TimelineItem = MessageItem | NoticeItem;

export type TimelinePage = {
  /** Oldest first. */
  items: TimelineItem[];
  hasOlder: boolean;
  /** First message that was unread when this page was asked for. */
  firstUnread?: MessageId;
};

export type RoomTrouble =
  /** This device has lost its place in the room and comes back by itself. */
  | "coming-back"
  /** The server has taken what nobody can follow; the room goes on when somebody who may has founded it anew. */
  | "waiting";

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
  /** Those of them who have a device here that is in use: nobody else can have what is written. */
  readers: number;
  devices: number;
  /** False once this device is no longer in the room, and for whoever may only read here. */
  writable: boolean;
  /** Whether this device is still in the room. */
  present: boolean;
  trouble?: RoomTrouble;
};
export type RoomMember = {
  userId: UserId;
  displayName: string;
  unitName: string;
  role: RoomRole;
  /**
   * Pending: is added by itself as soon as the phone has been online. Leaving: still reads, and is taken out as soon as
   * the server lets it; nothing is written before that. Left by themselves: is taken out before anything is written.
   */
  state: "member" | "pending" | "leaving" | "left";
  /** Was added, has never been heard here, and by the server's word fetched nothing since: cannot read here yet. */
  awaited?: true;
  /** What the server said when this was last tried. */
  refused?: ErrorCode;
  /** Whether this user may take the person out. */
  removable: boolean;
  /**
   * Roles that this user may give to the person, without the one they have; of the user's own, those to step down to
   * while somebody else is owner, too.
   */
  grantable: RoomRole[];
  devices: { clientId: ClientId; deviceClass: DeviceClass; since: number }[];
  /** Devices in the room that a later letter has ended; without any other the person reads nothing new here. */
  ended?: EndedDevice[];
};

export type RoomDetail = RoomSummary & {
  members: RoomMember[];
  myRole: RoomRole;
  /** Whether this user may leave, and has not asked to; nobody leaves a room of two. */
  mayLeave: boolean;
  /** Has asked to leave, and is out as soon as the server lets it. */
  isLeaving: boolean;
  /** The room would be without an owner: before leaving, somebody may be made owner; else somebody follows by the rule. */
  isLastOwner: boolean;
  /** Who acts as owner once this user, the last owner, has left. */
  successor?: UserId;
  canChangeMembers: boolean;
  /** May add members again who come with a new device, in a direct room, too. */
  mayBringBack: boolean;
};

/** What changed; whoever shows it asks again. */
export type News =
  | { of: "state" }
  | { of: "rooms" }
  | { of: "room"; roomId: RoomId }
  | { of: "directory" }
  /** Progress of an upload, often: carries its value. */
  | { of: "upload"; roomId: RoomId; messageId: MessageId; sent: number; total: number };

export type NimesClient = {
  state(): Promise<ClientState>;
  /** @returns a function that ends the subscription. */
  subscribe(listener: (change: News) => void): Promise<() => void>;

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
  /**
   * WebAuthn options (JSON text) for a new passkey, in place of an earlier one.
   * @param pin may be left out moments after an opening by PIN; else `pin-required`. A wrong one counts as everywhere.
   */
  passkeyCreation(pin?: string): Promise<Result<string>>;
  /** Within five minutes of the PIN; else `pin-required`. */
  addPasskey(created: { response: string; prf: Uint8Array }): Promise<Result<void>>;
  removePasskey(): Promise<Result<void>>;
  /** The person knows of the passkeys that {@link Rules} told of. */
  confirmPasskeyNotice(): Promise<Result<void>>;
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
  /** Asks the server who was added and is not there yet; the room's detail says so then, see `RoomMember.awaited`. */
  lookWhoHasCome(roomId: RoomId): Promise<void>;
  /** The newest items, or those before the item named. */
  timeline(roomId: RoomId, page: { before?: string; limit: number }): Promise<TimelinePage>;
  directory(): Promise<Directory>;

  /** The room with this person, founded when there is none. */
  openDirectRoom(userId: UserId): Promise<Result<RoomId>>;
  /** @param group.moderators those of `userIds` who may add and remove people, too. */
  createGroup(group: {
    name: string;
    userIds: UserId[];
    moderators?: UserId[];
    /** A channel, where only owners and moderators, and whoever they let, write; a group where it is missing. */
    kind?: "group" | "channel";
  }): Promise<Result<RoomId>>;
  addPeople(roomId: RoomId, userIds: UserId[]): Promise<Result<void>>;
  removePerson(roomId: RoomId, userId: UserId): Promise<Result<void>>;

  /** Gives a person another role here. @returns why not; `no-network` when the server did not answer in time. */
  setRole(roomId: RoomId, userId: UserId, role: RoomRole): Promise<Result<void>>;
  /** Leaves for good: nothing is written here any more, and the leaves go with somebody else's next change. */
  leaveRoom(roomId: RoomId): Promise<Result<void>>;

  /** Stored when this resolves; goes out by itself, now or when the network is back. */
  sendText(roomId: RoomId, text: string): Promise<Result<MessageId>>;
  /** Makes the picture safe on this device (metadata gone, upright), stores it, then sends it. */
  sendPicture(roomId: RoomId, picture: { file: Blob; caption: string }): Promise<Result<MessageId>>;
  /** Puts something on a message of the room: a reaction, which takes the place of the person's earlier one. */
  mark(roomId: RoomId, body: MarkBody): Promise<Result<void>>;
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
