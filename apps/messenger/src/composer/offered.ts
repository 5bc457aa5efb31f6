/** Pictures that were attached, pasted or dropped, with their captions, until they are sent or left. */
import type { NimesClient } from "@nimes/client/nimes-client";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { isBlank } from "@nimes/protocol/names";
import { createStore, type StoreApi } from "zustand/vanilla";
import { sortFiles } from "./pictures.ts";

export type OfferedPicture = { id: number; file: File; caption: string };
export type OfferedState = {
  pictures: readonly OfferedPicture[];
  /** Names of files that are no pictures, as far as their types say. */
  refused: readonly string[];
  sending: boolean;
  problem: ErrorCode | undefined;
};

export type Offered = {
  store: StoreApi<OfferedState>;
  /** Puts files to those that are there. */
  offer(files: readonly File[]): void;
  setCaption(id: number, caption: string): void;
  leaveOut(id: number): void;
  /** One after the other; where one cannot be sent, it and those behind it stay, and it is said why. */
  send(): Promise<void>;
  /** Nothing of it is sent: what is under way is taken back, as far as the server has not accepted it. */
  cancel(): void;
};

const nothing: OfferedState = { pictures: [], refused: [], sending: false, problem: undefined };

export function createOffered(client: Pick<NimesClient, "sendPicture" | "discard">, roomId: RoomId): Offered {
  const store = createStore<OfferedState>(() => nothing);
  let count = 0;
  let sending = new AbortController();

  /** Where none is left, nothing is asked any more. */
  const keep = (pictures: readonly OfferedPicture[]): void =>
    store.setState(pictures.length === 0 ? nothing : { pictures });

  async function sendAll({ signal }: AbortController): Promise<ErrorCode | undefined> {
    const underWay: MessageId[] = [];
    const takeBack = () => Promise.all(underWay.splice(0).map((id) => client.discard(roomId, id)));
    signal.addEventListener("abort", takeBack);
    for (;;) {
      const [next] = store.getState().pictures;
      if (!next || signal.aborted) return undefined;
      const sent = await client.sendPicture(roomId, {
        file: next.file,
        caption: isBlank(next.caption) ? "" : next.caption.trim(),
      });
      if (!sent.ok) return sent.code;
      underWay.push(sent.value);
      if (signal.aborted) await takeBack();
      else keep(store.getState().pictures.filter(({ id }) => id !== next.id));
    }
  }

  return {
    store,
    offer(files) {
      const { pictures, others } = sortFiles(files);
      const more = pictures.map((file) => ({ id: count++, file, caption: "" }));
      store.setState((before) => ({
        pictures: [...before.pictures, ...more],
        refused: others.map(({ name }) => name),
      }));
    },
    setCaption(id, caption) {
      const { pictures } = store.getState();
      store.setState({ pictures: pictures.map((one) => (one.id === id ? { ...one, caption } : one)) });
    },
    leaveOut: (id) => keep(store.getState().pictures.filter((one) => one.id !== id)),
    async send() {
      if (store.getState().sending) return;
      const run = new AbortController();
      sending = run;
      store.setState({ sending: true, problem: undefined, refused: [] });
      const problem = await sendAll(run);
      if (!run.signal.aborted) store.setState({ sending: false, problem });
    },
    cancel() {
      sending.abort();
      store.setState(nothing);
    },
  };
}
