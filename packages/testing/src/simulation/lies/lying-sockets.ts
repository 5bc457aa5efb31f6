/** The inventing server on the socket: between one officer's client and the honest server. */
import type { Sockets } from "@nimes/client/ports/socket";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { ClientFrame } from "@nimes/protocol/frames/client-frames";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { Random } from "../random.ts";
import { frameLies, serverFrames, subjectOf, submitLies } from "./all-lies.ts";
import { brief } from "./brief.ts";
import type { Dictionary } from "./dictionary.ts";
import { inventObject } from "./invent-value.ts";
import type { Liar } from "./liar.ts";
import { type Frame, retellFrame, type SentBefore } from "./retell-frame.ts";

const delaysMs = [20, 150, 600, 2_500];
const kept = 100;

export function lyingSockets(
  inner: Sockets,
  { officer, liar, sentBefore }: { officer: string; liar: Liar; sentBefore: SentBefore },
): Sockets {
  const { dictionary } = liar;
  return {
    open(url, events) {
      let isClosed = false;
      let held: Uint8Array[] = [];
      const give = (frames: readonly Uint8Array[]): void => {
        for (const bytes of frames) if (!isClosed) events.message(bytes);
      };
      const giveHeld = (): void => {
        const waiting = held;
        held = [];
        give(waiting);
      };
      const later = (random: Random, deliver: () => void): void => {
        setTimeout(deliver, random.oneOf(delaysMs));
      };

      const socket = inner.open(url, {
        message(bytes) {
          const decoded = decodeCbor(ServerFrame, bytes);
          if (!decoded.ok) throw new Error("the honest server sends only what the protocol knows");
          const frame: Frame = decoded.value;
          const { type } = decoded.value;
          dictionary.learn(ServerFrame, frame);
          sentBefore.set(type, [...(sentBefore.get(type) ?? []).slice(1 - kept), frame]);
          const lies = frameLies.filter(({ subject, kind }) => subject === type || kind === "invent");
          const chosen = liar.choose(officer, { subject: type, lies });
          if (!chosen) {
            give([bytes]);
            giveHeld();
            return;
          }
          const retold = retellFrame({ bytes, frame }, chosen, { dictionary, sentBefore });
          if (retold.told !== undefined) liar.tell(officer, chosen.lie, retold.told);
          give(retold.give);
          giveHeld();
          if (retold.later === "held") held = [bytes];
          if (retold.later)
            later(chosen.random, () => (retold.later === "held" ? giveHeld() : give([bytes])));
        },
        closed() {
          isClosed = true;
          events.closed();
        },
      });

      return {
        close: () => socket.close(),
        send(bytes) {
          const decoded = decodeCbor(ClientFrame, bytes);
          if (!decoded.ok) throw new Error("a client sends only what the protocol knows");
          const frame: Frame = decoded.value;
          const subject = subjectOf(frame);
          dictionary.learn(ClientFrame, frame);
          const chosen = liar.choose(officer, {
            subject,
            lies: submitLies.filter((lie) => lie.subject === subject),
          });
          if (!chosen) return socket.send(bytes);
          const { lie, random } = chosen;
          const isAnswered = lie.kind === "answer" || lie.kind === "foretell";
          const answer = isAnswered ? inventAnswer(frame, { dictionary, random }) : undefined;
          liar.tell(officer, lie, answer && brief(answer));
          if (answer) queueMicrotask(() => give([encodeCbor(answer)]));
          if (lie.kind === "defer") later(random, () => socket.send(bytes));
          if (lie.kind === "twice" || lie.kind === "foretell") socket.send(bytes);
          if (lie.kind === "twice") socket.send(bytes);
        },
      };
    },
  };
}

/** An answer made up to a frame of a client: a frame that shares a field with it beyond its type. */
export function inventAnswer(
  asked: Frame,
  inventor: { dictionary: Dictionary; random: Random },
): Frame | undefined {
  const { type: _, ...shared } = asked;
  const answers = serverFrames.filter(({ shape }) =>
    Object.keys(shape.properties ?? {}).some((name) => name in shared),
  );
  // Frames without any such field answer those that ask nothing by name.
  const answer = inventor.random.oneOf(answers.length > 0 ? answers : serverFrames);
  return answer && inventObject(answer.shape, shared, inventor);
}
