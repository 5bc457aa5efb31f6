/**
 * End-to-end encryption of one device: MLS (RFC 9420) by core-crypto behind rooms, with the gate between the
 * network and everything else. Changes go in, outcomes come out; nothing here talks to the network or decides when to.
 *
 * One instance per device and store, and one writer at a time (Web Lock): two instances on one store break the ratchet.
 *
 * Whatever resolves is on disk. When the disk takes no more, every operation rejects with `StoreNotWritten`, and
 * nothing has been sealed or consumed that was not said: the device goes on from there when it is started again.
 */
import type { Content, OpenedContent } from "@nimes/protocol/content/content";
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId, GroupId, RoomId, UserId } from "@nimes/protocol/ids";
import type { Awaited } from "@nimes/protocol/roles/awaited";
import type { Signed } from "@nimes/protocol/schema";
import type { DirectoryLookup } from "./chains/verified-user.ts";
import type { VerifiedRoles } from "./gate/verified-roles.ts";

/** What a room is judged by, as it stands behind the entries of the log that are applied. */
export type Room = {
  roomId: RoomId;
  /** The MLS group in which it goes on. */
  groupId: GroupId;
  /** The version in force. */
  roles: VerifiedRoles;
  /** Whose leaving stands in the log and whose leaves are still there: anybody takes them out. */
  leaving: readonly UserId[];
  /** Who leads the room and was left out of its group: as if they were there, see protocol/roles/awaited. */
  awaited?: Awaited;
  /** Epoch of the group with which this device came in or healed: what was sealed before does not open here. */
  joinedEpoch?: number;
};

/** A room as callers may give it: without a group it is in its first one, and without `leaving` nobody has asked to leave. */
export type GivenRoom = Omit<Room, "groupId" | "leaving"> & Partial<Pick<Room, "groupId" | "leaving">>;

/** A commit as it goes to the server. */
export type CommitBundle = {
  groupId: GroupId;
  /** The epoch that it ends. */
  epoch: number;
  commit: Uint8Array;
  groupInfo: Uint8Array;
  welcome?: Uint8Array;
  /** Client ids of all leaves before and after the commit. */
  before: ClientId[];
  devices: ClientId[];
  /** An external commit: the device signs a `RejoinProof` of it, which goes beside it. */
  rejoin?: true;
};

/** A new group as it goes to the server, with a signed `Refounding` that names it. */
export type RefoundBundle = Pick<CommitBundle, "groupId" | "groupInfo" | "welcome" | "before" | "devices"> & {
  /** Of the new group. */
  epoch: number;
};

/**
 * Brings a commit to the server and finds out what became of it: the same bytes under the same submission id until there
 * is an answer (P6). Must never throw. `lost`: the server says that another commit won. `unknown`: no answer came in
 * time; the group stays as it was, because every other room waits meanwhile, and should the commit turn up in the log
 * all the same, this device heals.
 */
export type SubmitCommit = (bundle: CommitBundle) => Promise<Answer>;
/** As {@link SubmitCommit}. */
export type SubmitRefounding = (bundle: RefoundBundle) => Promise<Answer>;
export type Answer = "accepted" | "lost" | "unknown";

export type MemberChange = {
  /** Whom people wished for; nobody else is added, whatever the server answers to the claim. */
  wished: readonly UserId[];
  /** Key packages as claimed; each is checked against its device's chain before it is used (M5). */
  add: readonly { clientId: ClientId; keyPackage: Uint8Array }[];
  remove: readonly ClientId[];
  /**
   * Awaited with the leaves behind each commit that was accepted, inside its transaction: the next one may wait long for a
   * server, and people must see who reads meanwhile. Must not use the encryption.
   */
  onTree?(devices: readonly ClientId[]): Promise<unknown>;
};

export type ChangeOutcome =
  /** `epoch`: the room's after the change. */
  | {
      outcome: "accepted";
      epoch: number;
      added: ClientId[];
      removed: ClientId[];
      unusable: ClientId[];
      notPermitted: ClientId[];
    }
  /** Another commit won this epoch: apply it, then make the change again (P5). */
  | { outcome: "lost" }
  /** The server did not answer in time. */
  | { outcome: "unknown" }
  /**
   * Nothing was left to do. `unusable`: their key packages were expired, foreign or of the wrong suite (M5).
   * `notPermitted`: by the roles in force this device may not add or remove them.
   */
  | { outcome: "nothing"; unusable: ClientId[]; notPermitted: ClientId[] };

/** `lost` also when this device is not in the group any more. */
export type RenewOutcome = { outcome: "accepted"; epoch: number } | { outcome: "lost" | "unknown" };

/** What a device knows of a room's people from the time when it was in its group. */
export type KnownPeople = {
  /** Leaves, in their order. */
  devices: readonly ClientId[];
  /** Users that it wishes to be in the room itself. */
  wished: readonly UserId[];
  /** Users that it has seen go. */
  former: readonly UserId[];
};

export type Healing = {
  /** As the server keeps it: an `MLSMessage`. */
  groupInfo: Uint8Array;
  /** The newest epoch of this group that the log has shown: nothing older is joined. */
  seenEpoch: number;
  /** Who this device knows of, see `judgeBrought`; undefined where it has never been in the room, see `judgeWelcomed`. */
  known: KnownPeople | undefined;
  /** The group before a refounding, forgotten in the same transaction. */
  replaces?: GroupId;
  /**
   * Author of the refounding that was verified, and SHA-256 of its payload: only that Welcome is taken, and by the author's
   * right to found the room anew, which whoever was in the room knows.
   */
  refounding?: WelcomeOrigin;
};

export type RejoinOutcome =
  | { outcome: "accepted"; epoch: number; devices: ClientId[] }
  /** Another commit won this epoch: with the GroupInfo behind it, again. */
  | { outcome: "lost" | "unknown" }
  /**
   * `not-in-tree`: no leaf with this device's key stands there, so it was taken out. `twin-leaf`: core-crypto would leave
   * two leaves of this device there, see docs/adr/0029; somebody removes this device and adds it again.
   */
  | { outcome: "refused"; reason: GateReason | "old-epoch" | "not-in-tree" }
  | { outcome: "chain-missing"; userIds: UserId[] };

export type NewGroup = {
  /** 32 random bytes. */
  groupId: GroupId;
  /** Whom people had in the room and still wish for. */
  wished: readonly UserId[];
  /** As claimed, see {@link MemberChange}. */
  add: MemberChange["add"];
  /** Who is left out: whose commit was authenticated and against the rules. */
  without: ClientId | null;
};

export type RefoundOutcome =
  | { outcome: "accepted"; epoch: number; devices: ClientId[]; unusable: ClientId[] }
  | { outcome: "lost" | "unknown" }
  /** This device is not in the old group. */
  | { outcome: "gone" };

export type Invitation = {
  roomId: RoomId;
  groupId: GroupId;
  welcome: Uint8Array;
  /** The chain of the room's roles, first version first. */
  roles: readonly Signed[];
  /** Signed `WelcomeProof` of whoever sends the Welcome. */
  proof: Signed;
};

export type JoinOptions = {
  /**
   * The group that this one takes the place of, forgotten in the same transaction: after a refounding that was verified,
   * or the same group where this device's state of it is of no use any more.
   */
  replaces?: GroupId;
  /**
   * Author of the refounding that was verified, and SHA-256 of its payload: only that Welcome is taken, and by the author's
   * right to found the room anew, which whoever was in the room knows.
   */
  refounding?: WelcomeOrigin & { known: KnownPeople };
  /**
   * Who this device knew in the room, where the log has named this group and the refounding has left this device out:
   * whoever of them brings it back, without anybody whom it does not know unless they may add.
   */
  leftOut?: KnownPeople;
  /** What this device has seen of the room before, where it is not in its group any more. */
  seen?: SeenRoom;
};

export type SeenRoom = {
  /** The version that was in force. */
  roles: Pick<VerifiedRoles, "version" | "hash" | "kind" | "users">;
  /** Users that it has seen go. */
  former: readonly UserId[];
};

/** Why the gate refused; each names the rule of the design that it stands for. */
export type GateReason =
  | "header" // not a commit of a member and not an application message
  | "unreadable" // MLS bytes that do not open, or content that is none
  | "twin-leaf" // two leaves with one client id
  | "not-on-chain" // a leaf or sender that no verified device chain names
  | "not-permitted" // added, removed or written by somebody whose role does not allow it
  | "not-own" // in this device's name, and not what it sent
  | "wrong-room" // roles, room id or group id do not belong together, or the roles are not those in force
  | "cipher-suite" // not the organisation's suite
  | "own-commit"; // the bundle is not what was intended

/** What the author of a Welcome has signed of it. */
export type WelcomeOrigin = {
  author: ClientId;
  /** SHA-256 of the commit, or of the payload of the refounding, that it goes with: where in the log this device comes in. */
  commit: Uint8Array;
};

export type JoinOutcome =
  | ({ outcome: "joined"; room: Room; epoch: number; devices: ClientId[] } & WelcomeOrigin)
  /** This device is in the group already: the same Welcome again. Nothing has changed. */
  | ({ outcome: "already-joined"; room: Room } & WelcomeOrigin)
  /**
   * Whoever may bring this device in has signed it, and it does not open here: its key package was used up before, it is
   * for somebody else, or the device that has signed it has ended since. Nothing has changed. Where this device's leaf stands in the tree, it comes in by `rejoin`.
   */
  | ({ outcome: "unopened"; room: Room } & WelcomeOrigin)
  | { outcome: "refused"; reason: GateReason }
  | { outcome: "chain-missing"; userIds: UserId[] };

/** What became of one entry of the room log. */
export type EntryOutcome =
  | { outcome: "content"; sequence: number; sender: ClientId; content: OpenedContent }
  /**
   * A commit that the group has taken, now or (without `committer`) before: who signed it is known only at the moment
   * of taking it. `devices`: the leaves of the tree afterwards, read inside the transaction; nothing else says who reads.
   */
  | {
      outcome: "commit";
      sequence: number;
      epoch: number;
      committer?: ClientId;
      devices: ClientId[];
    }
  /** A commit that removed this device; its group is gone. Without `committer`: it had been gone before. */
  | { outcome: "removed"; sequence: number; committer?: ClientId }
  /** A message that this device wrote itself; what it says is known. */
  | { outcome: "own"; sequence: number }
  /**
   * A message that MLS will not open again, or too far ahead of what it knows (`limits.maxGenerationJump`): a double
   * only if it was applied before, else a loss.
   */
  | { outcome: "duplicate"; sequence: number }
  /**
   * The log has gone on without this device's group: its own commit was accepted and not kept, another one stands where
   * its own was said to be, a commit or a message is of an epoch that it has not come to, or the group is gone with the store. It can open nothing more of this room until it has healed (DESIGN §6).
   */
  | { outcome: "stranded"; sequence: number }
  /** Of an epoch whose keys are gone. */
  | { outcome: "too-old"; sequence: number }
  /** `by`: whoever signed it, where that is known. */
  | { outcome: "refused"; sequence: number; reason: GateReason; by?: ClientId };

export type OpenOutcome =
  /** Ends with an entry that strands this device or takes it out. */
  | { outcome: "opened"; entries: EntryOutcome[] }
  /** The entries before the doubtful one are done: fetch these users' chains and open the rest again. */
  | { outcome: "chain-missing"; userIds: UserId[] }
  /** The entries before this one are done; it makes no sense, and `OpenTerms.isDoubted` wants it to be asked for again. */
  | { outcome: "doubted"; sequence: number };

/** What this device has sealed or committed and has not yet seen in the log; nothing else counts as its own. */
export type OwnEntries = {
  /** Whether these are the bytes that this device sent under this submission id. */
  isOwn(entry: FullEntry): boolean;
  /** Epochs that own commits end whose entries have not been seen. */
  commitEpochs: readonly number[];
};

export type OpenTerms = {
  own: OwnEntries;
  /**
   * Whether the directory at hand is as new as the server's: only then somebody is refused for what it does not hold.
   * Judging by an old chain would part this device from all others.
   */
  isFresh: boolean;
  /**
   * Asked of an entry that makes no sense where it stands: whether it is left alone, and nothing behind it opened, because
   * the server is asked for it once more. What is not doubted counts as it came.
   */
  isDoubted?(entry: FullEntry): boolean;
  /** The room waits for a new group anyway: a message of an epoch that this one has not come to is one that does not open. */
  isWaiting?: boolean;
};

/**
 * Awaited inside the MLS transaction with the outcomes of the entries that it covers; only when it has resolved are
 * they consumed. A commit, and what it did, comes after its transaction. May be called several times.
 */
export type Persist = (outcomes: EntryOutcome[]) => Promise<void>;

/**
 * Asked inside the transaction that seals, once the tree has been read: what is to be sealed at this epoch, and whom people
 * are shown as readers. Nothing leaves where it returns undefined.
 */
export type PlanSealing = (
  epoch: number,
) => { contents: readonly Content[]; shown: readonly ClientId[] } | undefined;

export type SealOutcome =
  | { outcome: "sealed"; epoch: number; sealed: Uint8Array[] }
  /** Nothing was done: the tree holds others than the caller shows. */
  | { outcome: "moved"; devices: ClientId[] }
  /** Nothing was planned. */
  | { outcome: "nothing" }
  /** Nothing was done: this device is not in the room. */
  | { outcome: "gone" };

export type E2ee = {
  readonly clientId: ClientId;
  /** SHA-256 JWK thumbprint (RFC 7638) of the key with which this device signs in MLS; stands in its device link. */
  readonly mlsThumbprint: Uint8Array;
  /** Fresh key packages; each private part is stored before this resolves. */
  newKeyPackages(count: number): Promise<Uint8Array[]>;
  /** Makes the MLS group of a room that this device founds. Doing it again changes nothing. */
  foundRoom(room: GivenRoom): Promise<void>;
  joinRoom(invitation: Invitation, options?: JoinOptions): Promise<JoinOutcome>;
  /**
   * Removes and adds devices as far as the roles in force allow it, compared with what was intended before it leaves. A change that does both goes out as
   * two commits; when the second is lost, the same change again finds the first half done.
   */
  changeMembers(room: GivenRoom, change: MemberChange, submit: SubmitCommit): Promise<ChangeOutcome>;
  /** Gives this device's leaf new keys: who stole its state before reads nothing behind it. */
  renew(room: GivenRoom, submit: SubmitCommit): Promise<RenewOutcome>;
  /**
   * Comes back into a group where this device's leaf still stands, by an external commit in place of that leaf: after it
   * died between acceptance and the end of its transaction, after its store was lost, or after it was away too long.
   */
  rejoin(room: Room, healing: Healing, submit: SubmitCommit): Promise<RejoinOutcome>;
  /**
   * Goes on in a new group with the people of the old one, added in one commit. The old one is forgotten when the server
   * has accepted the new one, and only then. Doing it again changes nothing.
   */
  refound(room: GivenRoom, made: NewGroup, submit: SubmitRefounding): Promise<RefoundOutcome>;
  /**
   * Seals what is planned, in the order given, in one transaction. The tree, read in it, must be exactly whom the plan shows,
   * so that nobody reads who is not shown. Own devices cannot open what they sealed themselves.
   */
  seal(room: GivenRoom, plan: PlanSealing): Promise<SealOutcome>;
  /** Opens entries of one room in log order. @param terms by default nothing is own, and the directory is the newest. */
  open(
    room: GivenRoom,
    entries: readonly FullEntry[],
    persist: Persist,
    terms?: OpenTerms,
  ): Promise<OpenOutcome>;
  epochOf(groupId: GroupId): Promise<number | undefined>;
  /** Whether a GroupInfo is of this very group at this device's epoch, with the same commits behind it. */
  isSameGroup(groupId: GroupId, groupInfo: Uint8Array): Promise<boolean>;
  /** In the order of the leaves. */
  devicesOf(groupId: GroupId): Promise<ClientId[]>;
  /** Forgets the MLS state of a group. Doing it again changes nothing. */
  leaveRoom(groupId: GroupId): Promise<void>;
  close(): Promise<void>;
};

export type OpenE2ee = {
  /** Name of the encrypted store (an IndexedDB database). */
  storeName: string;
  /** 32 secret bytes for core-crypto's own database. */
  databaseKey: Uint8Array;
  clientId: ClientId;
  /** Verified users by id, synchronous: whatever the gate must know is fetched before it is asked. */
  directory: DirectoryLookup;
  /** Bytes of core-crypto's WebAssembly module, or the address to load it from. */
  wasm: Uint8Array | string;
  /** Milliseconds since 1970; judges only what this device itself proposes. What others do is judged by its entry. */
  now?: () => number;
};
