/** `ws` alone with one sender and many receivers, which do with what arrives what those of ours do. */
import { once } from "node:events";
import { Decoder } from "cbor-x/index-no-eval";
import { WebSocket } from "ws";
import { nextMessage, startBarePart } from "./bare-part.ts";

export type BareFanout = {
  submit(): void;
  onDelivered: () => void;
  /** Processor time of the sending side so far, seconds. */
  cpuSeconds(): Promise<number>;
  end(): Promise<void>;
};

/** @param frame what each receiver gets for one message. */
export async function startBareFanout(options: {
  receivers: number;
  frame: Uint8Array;
}): Promise<BareFanout> {
  const part = startBarePart<"cpu", number>(new URL("./ws-fanout-worker.ts", import.meta.url));
  const url = `ws://127.0.0.1:${await nextMessage<number>(part.worker)}`;
  const decoder = new Decoder({ useRecords: false, mapsAsObjects: true });
  const sender = await connect(url);
  const fanout: BareFanout = {
    submit: () => sender.send(options.frame),
    onDelivered: () => {},
    cpuSeconds: () => part.ask("cpu"),
    end: () => part.end(),
  };
  for (let index = 0; index < options.receivers; index += 1) {
    const socket = await connect(url);
    socket.on("message", (bytes: Buffer) => {
      decoder.decode(bytes);
      fanout.onDelivered();
    });
  }
  return fanout;
}

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}
