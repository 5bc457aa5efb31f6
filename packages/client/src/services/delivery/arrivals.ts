/** What comes from the server, frame by frame, handed to whoever it concerns; and whether all that had waited has come. */
import { weigh } from "@nimes/protocol/claimed";
import type { HeardFrame } from "@nimes/protocol/frames/server-frames";
import { usersOf } from "../../core/room-record.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Changes } from "../changes.ts";
import type { ServerConnection } from "../connection/connection.ts";
import { ChainsUnreachable } from "../people/chains-unreachable.ts";
import type { DirectoryService } from "../people/directory.ts";
import type { BringBack } from "../rooms/bring-back.ts";
import type { Leaving } from "../rooms/leaving.ts";
import type { Members } from "../rooms/members.ts";
import type { Recovery } from "../rooms/recovery.ts";
import type { RoomRecords } from "../rooms/room-records.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Inbox } from "./inbox.ts";
import type { KeyPackages } from "./key-packages.ts";
import type { Missing } from "./missing.ts";
import type { Outbox } from "./outbox.ts";
import type { Submissions } from "./submissions.ts";

export type Arrivals = {
  onFrame(frame: HeardFrame): void;
  /** The connection has opened or ended. */
  onLink(): void;
  /** Something was opened, or all has come. */
  onProgress(): void;
  /** Everything that had been waiting at the server when this connection began has come. */
  isCaughtUp(): boolean;
  /** By how much the server says that its clock is ahead of this device's: a claim. */
  serverAheadMs(): number;
};

/** After a Welcome could not be judged because the directory did not answer. */
const chainRetryMs = 5_000;

export function createArrivals(needs: {
  rooms: RoomRecords;
  changes: Changes;
  clock: Clock;
  submissions: Submissions;
  connection: ServerConnection;
  inbox: Inbox;
  members: Members;
  outbox: Outbox;
  recovery: Recovery;
  missing: Missing;
  bringBack: BringBack;
  leaving: Leaving;
  joining: Rooms;
  keyPackages: KeyPackages;
  directory: DirectoryService;
  /** Orders, policy or agreement changed. */
  ordersChanged(): void;
  failed(error: unknown): void;
}): Arrivals {
  const { rooms, clock, connection, inbox, members, outbox, directory, failed } = needs;
  let aheadMs = 0;
  let caughtUp = false;
  /** Changes whenever a connection ends: what came on an old one says nothing of the new. */
  let era = 0;
  /** Something was still to be opened when last looked. */
  let wasBehind = true;

  /** Welcomes come before the entries of their rooms, and must be applied before them. */
  let arrivals: Promise<void> = Promise.resolve();
  const afterArrivals = (work: () => Promise<void> | void): void => {
    arrivals = arrivals.then(work).catch((error: unknown) => {
      // Without its chains a Welcome cannot be judged; the server sends it again on the next connection.
      if (error instanceof ChainsUnreachable) clock.after(chainRetryMs, connection.restart);
      else failed(error);
    });
  };
  const inBackground = (work: Promise<unknown>): void => void work.catch(failed);

  function onOpened({ serverTime, keyPackagesLeft, directorySequence }: Opened): void {
    aheadMs = weigh(serverTime) - clock.now();
    inBackground(needs.keyPackages.refill(keyPackagesLeft));
    if (weigh(directorySequence) !== directory.sequence()) inBackground(directory.follow());
    afterArrivals(inbox.onConnection);
    // Before what was sealed behind it.
    outbox.claimAgain();
    needs.submissions.resume();
    needs.joining.resume();
    members.resume();
    // What changed while nobody listened is not told again, also since the opening has asked: an agreement may take minutes.
    needs.ordersChanged();
  }

  function onCaughtUp(): void {
    const its = era;
    afterArrivals(() => {
      if (its !== era) return;
      caughtUp = true;
      onProgress();
    });
  }

  /** Once nothing waits to be opened any more, what is wished and what was written goes out. */
  function onProgress(): void {
    needs.changes.tell({ of: "state" });
    const isBehind = !caughtUp || inbox.remaining() > 0;
    if (wasBehind && !isBehind) {
      needs.recovery.resume();
      needs.leaving.resume();
      inBackground(needs.bringBack.lookAll());
      for (const { roomId } of rooms.all()) {
        inBackground(needs.missing.ask(roomId));
        inBackground(needs.missing.sendAgain(roomId));
        members.reconcile(roomId);
        outbox.drain(roomId);
      }
    }
    wasBehind = isBehind;
  }

  function onFrame(frame: HeardFrame): void {
    switch (frame.type) {
      case "signed-in":
        onOpened(frame);
        break;
      case "entries":
        afterArrivals(() => inbox.onEntries(frame.roomId, frame.entries, frame.previous));
        break;
      case "inbox":
        afterArrivals(() => needs.joining.join(frame.items));
        break;
      case "caught-up":
        onCaughtUp();
        break;
      case "accepted":
        needs.submissions.onAccepted(frame);
        break;
      case "refused":
        needs.submissions.onRefused(frame);
        break;
      case "delivered":
        inBackground(inbox.onDelivered(frame.roomId, frame.sequence));
        break;
      case "key-packages-low":
        inBackground(needs.keyPackages.refill(frame.left));
        break;
      case "key-packages-available":
        for (const room of rooms.all())
          if (room.pending.includes(frame.userId) || usersOf(room.leftOut ?? []).includes(frame.userId))
            members.reconcile(room.roomId);
        break;
      case "directory-changed":
        directory.hint(frame.sequence);
        break;
      case "orders-changed":
        needs.ordersChanged();
        break;
      case "challenge":
      case "closing":
      case "pong":
      case "wake":
        break;
      default:
        frame satisfies never;
    }
  }

  return {
    onFrame,
    onLink() {
      if (connection.link().state !== "open") {
        caughtUp = false;
        wasBehind = true;
        era += 1;
      }
      needs.changes.tell({ of: "state" });
    },
    onProgress,
    isCaughtUp: () => caughtUp,
    serverAheadMs: () => aheadMs,
  };
}

type Opened = Extract<HeardFrame, { type: "signed-in" }>;
