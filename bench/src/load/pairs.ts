/** Pairs of officers who write to each other, each in a direct room of their own. */
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { foundRoom, rawApplication } from "@nimes/testing/server/raw-room";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import type { CrowdDevice } from "./crowd.ts";
import type { LoadSocket } from "./load-socket.ts";
import { openLoadSocket } from "./load-socket.ts";

/** Random bytes in each message. */
export const messageBytes = 1024;

/** One sender, one receiver, their room. */
export type Pair = {
  submit(): void;
  /** Called with each message that the server has taken, and with each one that has arrived. */
  onAccepted: () => void;
  onReceived: (sequence: number) => void;
  /** Sequence number that the next message gets: nobody else writes in this room. */
  next: number;
  close(): void;
};

export async function openPairs(url: string, crowd: readonly CrowdDevice[]): Promise<Pair[]> {
  const opened: Pair[] = [];
  for (let index = 0; index < crowd.length; index += 2) {
    const [sender, receiver] = crowd.slice(index, index + 2);
    if (sender && receiver) opened.push(await openPair(url, sender, receiver));
  }
  return opened;
}

async function openPair(url: string, sender: CrowdDevice, receiver: CrowdDevice): Promise<Pair> {
  const founding = await signedInSocket(url, { signer: sender.test.device, token: sender.token });
  const roomId = await foundRoom(founding, sender.test, { kind: "direct", others: [receiver.test] });
  await founding.close();
  // One header for all, so that making messages costs nothing of what is measured.
  const bytes = Uint8Array.from(rawApplication(roomId, { content: new Uint8Array(messageBytes) }).bytes);
  const pair: Pair = {
    onAccepted: () => {},
    onReceived: () => {},
    // Behind the roles and the commit.
    next: 3,
    submit() {
      pair.next += 1;
      crypto.getRandomValues(bytes.subarray(-messageBytes));
      submitTo(sending, roomId, bytes);
    },
    close() {
      sending.close();
      receiving.close();
    },
  };
  const sending = await openLoadSocket(url, sender, (frame) => {
    if (frame.type === "accepted") pair.onAccepted();
    else assertNotRefused(frame);
  });
  const receiving = await openLoadSocket(url, receiver, (frame) => {
    if (frame.type !== "entries") return;
    for (const entry of frame.entries) if (entry.kind === "application") pair.onReceived(entry.sequence);
  });
  return pair;
}

const submitTo = (socket: LoadSocket, roomId: RoomId, bytes: Uint8Array): void =>
  socket.send({
    type: "submit",
    submissionId: newSubmissionId(),
    roomId,
    submission: { kind: "application", epoch: 1, bytes },
  });

function assertNotRefused(frame: ServerFrame): void {
  if (frame.type === "refused" || frame.type === "closing") throw new Error(`refused: ${frame.code}`);
}
