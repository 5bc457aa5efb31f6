/**
 * End-to-end encryption of one device: MLS (RFC 9420) by core-crypto behind rooms, with the gate between the
 * network and everything else. Changes go in, outcomes come out; nothing here talks to the network or decides when to.
 *
 * One instance per device and store, and one writer at a time (Web Lock): two instances on one store break the ratchet.
 *
 * Whatever resolves is on disk. When the disk takes no more, every operation rejects with `StoreNotWritten`, and
 * nothing has been sealed or consumed that was not said: the device goes on from there when it is started again.
 */
import type { Content } from "@nimes/protocol/content";
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId, RoomId, UserId } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import type { DirectoryLookup } from "./chains/verified-user.ts";
import type { VerifiedRoles } from "./gate/verified-roles.ts";

/** What a room is judged by: its verified roles, which name it. */
export type Room = { roomId: RoomId; roles: VerifiedRoles };

/** A commit as it goes to the server. */
export type CommitBundle = {
  epoch: number;
  commit: Uint8Array;
  groupInfo: Uint8Array;
  welcome?: Uint8Array;
  /** Client ids of all leaves after the commit. */
  devices: ClientId[];
};

/**
 * Brings a commit to the server and finds out, however long it takes, what became of it: the same bytes under
 * the same submission id until there is an answer (P6). Must never throw; `lost` means that another commit won.
 */
export type SubmitCommit = (bundle: CommitBundle) => Promise<"accepted" | "lost">;

export type MemberChange = {
  /** Key packages as claimed; each is checked against its device's chain before it is used (M5). */
  add: readonly { clientId: ClientId; keyPackage: Uint8Array }[];
  remove: readonly ClientId[];
};

export type ChangeOutcome =
  /** `epoch`: the room's after the change. */
  | { outcome: "accepted"; epoch: number; added: ClientId[]; removed: ClientId[]; unusable: ClientId[] }
  /** Another commit won this epoch: apply it, then make the change again (P5). */
  | { outcome: "lost" }
  /** Nothing was left to do; `unusable` key packages were expired, foreign or of the wrong suite (M5). */
  | { outcome: "nothing"; unusable: ClientId[] };

export type Invitation = {
  roomId: RoomId;
  welcome: Uint8Array;
  roles: readonly Signed[];
  devices: readonly ClientId[];
  committer: ClientId;
};

/** Why the gate refused; each names the rule of the design that it stands for. */
export type GateReason =
  | "header" // not a commit of a member and not an application message
  | "unreadable" // MLS bytes that do not open, or content that is none
  | "twin-leaf" // two leaves with one client id
  | "not-on-chain" // a leaf or sender that no verified device chain names
  | "not-permitted" // added or removed by somebody whose role does not allow it
  | "device-list" // the list beside the commit is not the tree's
  | "wrong-room" // roles, room id or group id do not belong together
  | "cipher-suite" // not the organisation's suite
  | "own-commit"; // the bundle is not what was intended

export type JoinOutcome =
  | { outcome: "joined"; room: Room; epoch: number; devices: ClientId[] }
  /** This device is in the group already: the same Welcome again. */
  | { outcome: "already-joined"; room: Room }
  | { outcome: "refused"; reason: GateReason }
  | { outcome: "chain-missing"; userIds: UserId[] };

/** What became of one entry of the room log. */
export type EntryOutcome =
  | { outcome: "content"; sequence: number; sender: ClientId; content: Content }
  /** `epoch`: the room's after the commit. */
  | {
      outcome: "commit";
      sequence: number;
      epoch: number;
      committer: ClientId;
      added: ClientId[];
      removed: ClientId[];
    }
  /** A commit that removed this device; its group is gone. */
  | { outcome: "removed"; sequence: number; committer: ClientId }
  /** An entry that this device wrote itself; what it says is known. */
  | { outcome: "own"; sequence: number }
  /**
   * A message that MLS will not open again, or too far ahead of what it knows (`limits.maxGenerationJump`): a double
   * only if it was applied before, else a loss. Or a commit for an epoch that is over.
   */
  | { outcome: "duplicate"; sequence: number }
  /**
   * This device's own commit was accepted, but the device died before it kept it (DESIGN §6, "healing"): it stays
   * at the old epoch and can open nothing more of this room.
   */
  | { outcome: "stranded"; sequence: number }
  /** Of an epoch whose keys are gone. */
  | { outcome: "too-old"; sequence: number }
  | { outcome: "refused"; sequence: number; sender: ClientId; reason: GateReason };

export type OpenOutcome =
  | { outcome: "opened"; entries: EntryOutcome[] }
  /** Nothing was changed: fetch these users' chains and open the same entries again. */
  | { outcome: "chain-missing"; userIds: UserId[] };

export type E2ee = {
  readonly clientId: ClientId;
  /** SHA-256 JWK thumbprint (RFC 7638) of the key with which this device signs in MLS; stands in its device link. */
  readonly mlsThumbprint: Uint8Array;
  /** Fresh key packages; each private part is stored before this resolves. */
  newKeyPackages(count: number): Promise<Uint8Array[]>;
  /** Makes the MLS group of a room that this device founds. Doing it again changes nothing. */
  foundRoom(room: Room): Promise<void>;
  joinRoom(invitation: Invitation): Promise<JoinOutcome>;
  /**
   * Removes and adds devices, compared with what was intended before it leaves. A change that does both goes out as
   * two commits; when the second is lost, the same change again finds the first half done.
   */
  changeMembers(room: Room, change: MemberChange, submit: SubmitCommit): Promise<ChangeOutcome>;
  /**
   * Seals contents in the order given, in one transaction. Own devices cannot open what they sealed themselves.
   * @param epoch the room's, as the caller has planned by it.
   * @returns undefined, and nothing was done, when a commit has come meanwhile or this device has been taken out.
   */
  seal(room: Room, contents: readonly Content[], epoch: number): Promise<Uint8Array[] | undefined>;
  /**
   * Opens entries of one room in log order. `persist` is awaited inside the MLS transaction with the outcomes of the
   * entries that this transaction covers; only when it has resolved are they consumed. May be called several times.
   */
  open(
    room: Room,
    entries: readonly FullEntry[],
    persist: (outcomes: EntryOutcome[]) => Promise<void>,
  ): Promise<OpenOutcome>;
  epochOf(roomId: RoomId): Promise<number | undefined>;
  devicesOf(roomId: RoomId): Promise<ClientId[]>;
  /** Forgets the MLS state of a room. Doing it again changes nothing. */
  leaveRoom(roomId: RoomId): Promise<void>;
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
