/**
 * A signed-in socket that costs the load generator little: frames are decoded and not checked, because generator and
 * server share the same cores.
 */
import { encodeCbor } from "@nimes/protocol/cbor";
import type { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { socketPath } from "@nimes/protocol/frames/client-frames";
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { RoomId } from "@nimes/protocol/ids";
import { helloFor } from "@nimes/testing/server/raw-socket";
import { Decoder } from "cbor-x/index-no-eval";
import { WebSocket } from "ws";
import type { CrowdDevice } from "./crowd.ts";

export type LoadSocket = {
  send(frame: ClientFrame): void;
  close(): void;
};

const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });
/** How often a device says how far it has come; real ones do after each batch that they have stored. */
const ackIntervalMs = 100;

/**
 * Opens, signs in and waits until the device has caught up.
 * @param onFrame every frame behind that. Entries are acknowledged by themselves.
 */
export async function openLoadSocket(
  url: string,
  device: CrowdDevice,
  onFrame: (frame: ServerFrame) => void = () => {},
): Promise<LoadSocket> {
  const socket = new WebSocket(url.replace(/^http/, "ws") + socketPath, { perMessageDeflate: false });
  const send = (frame: ClientFrame): void => socket.send(encodeCbor(frame));
  const acks = acknowledgeRegularly(send);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("close", (code) => reject(new Error(`closed with ${code} while signing in`)));
    socket.on("message", (data: Buffer) => {
      const frame = decoder.decode(data) as ServerFrame;
      if (frame.type === "challenge") {
        const by = { signer: device.test.device, token: device.token };
        helloFor(frame.challenge, by).then(send, reject);
      } else if (frame.type === "caught-up") resolve();
      else if (frame.type === "closing") reject(new Error(`the server closes: ${frame.code}`));
      else {
        if (frame.type === "entries") acks.note(frame.roomId, frame.entries.at(-1)?.sequence ?? 0);
        onFrame(frame);
      }
    });
  });
  return {
    send,
    close() {
      acks.end();
      socket.terminate();
    },
  };
}

function acknowledgeRegularly(send: (frame: ClientFrame) => void) {
  const reached = new Map<RoomId, number>();
  let timer: NodeJS.Timeout | undefined;
  return {
    note(roomId: RoomId, sequence: number): void {
      reached.set(roomId, sequence);
      timer ??= setTimeout(() => {
        timer = undefined;
        for (const [room, upTo] of reached) send({ type: "ack", roomId: room, sequence: upTo });
        reached.clear();
      }, ackIntervalMs);
    },
    end: () => clearTimeout(timer),
  };
}
