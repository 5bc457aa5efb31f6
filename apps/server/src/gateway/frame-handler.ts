/** What a signed-in device may send, frame by frame. */
import type { ClientFrame, HelloFrame, RenewFrame, SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { Stamps } from "../ports/stamps.ts";
import type { Stores } from "../ports/stores.ts";
import type { RoomLog } from "../services/room-log.ts";
import type { Connection } from "./connection.ts";
import type { FanOut } from "./fan-out.ts";

export type SignedInFrame = Exclude<ClientFrame, HelloFrame | RenewFrame>;

/** Handles the frames of one connection; submissions keep their order, also behind one whose signatures take time. */
export function createFrameHandler(needs: {
  connection: Connection;
  roomLog: RoomLog;
  stores: Pick<Stores, "roomLog">;
  fanOut: Pick<FanOut, "onAck" | "enterRoom">;
  stamps: Pick<Stamps, "newest">;
}): (frame: SignedInFrame) => Promise<void> {
  const { connection, roomLog, stores, fanOut, stamps } = needs;
  let signed: Promise<void> | undefined;

  async function onSubmit(frame: SubmitFrame): Promise<void> {
    const { submissionId, roomId } = frame;
    const answer = await roomLog.submit(connection.device, frame);
    if (answer.answer === "refused") {
      const { answer: _, ...refusal } = answer;
      connection.send({ type: "refused", submissionId, roomId, ...refusal });
      return;
    }
    const { sequence, time } = answer;
    connection.send({ type: "accepted", submissionId, roomId, sequence, time });
    if (frame.submission.kind === "found") await fanOut.enterRoom(connection, roomId);
  }

  async function inOrder(frame: SubmitFrame): Promise<void> {
    while (signed) await signed;
    if (frame.submission.kind === "application") return onSubmit(frame);
    signed = onSubmit(frame).finally(() => {
      signed = undefined;
    });
    return signed;
  }

  return async (frame) => {
    if (connection.level === "device" && frame.type !== "ping") return connection.close("not-opened");
    switch (frame.type) {
      case "submit":
        return inOrder(frame);
      case "ping":
        return connection.send({
          type: "pong",
          ...(connection.level === "opened" && { stamp: stamps.newest() }),
        });
      case "ack":
        return fanOut.onAck(connection, frame.roomId, frame.sequence);
      case "inbox-ack":
        await stores.roomLog.dropInboxItem(connection.device.deviceId, frame);
        return undefined;
    }
  };
}
