/** A server that lies in its frames when it is told to, and is honest before and afterwards. */
import { webSockets } from "@nimes/client/adapters/web-sockets";
import type { Entry } from "@nimes/protocol/entry";
import type { SubmitFrame } from "@nimes/protocol/frames/client-frames";
import type { RefusedFrame, ServerFrame } from "@nimes/protocol/frames/server-frames";
import { hostileSockets, type Lies } from "./hostile-server.ts";

export type FrameLiar = ReturnType<typeof frameLiar>;
type FrameOf<Type extends ServerFrame["type"]> = Extract<ServerFrame, { type: Type }>;

/** Honest until told to lie; what was said before can be looked up. */
export function frameLiar() {
  let lies: Lies = {};
  const told: ServerFrame[] = [];
  const sockets = hostileSockets(webSockets, {
    toClient(frame) {
      told.push(frame);
      return lies.toClient?.(frame) ?? [frame];
    },
    swallow: (frame) => lies.swallow?.(frame),
  });
  return {
    ports: { sockets },
    /** What the honest server has said to this client, lies apart. */
    told: <Type extends ServerFrame["type"]>(type: Type): FrameOf<Type>[] =>
      told.filter((frame): frame is FrameOf<Type> => frame.type === type),
    lie(next: Lies): void {
      lies = next;
    },
    /** Tells this in place of the first frame of this type that fits, and is honest again. @returns whether it was told. */
    lieOnce<Type extends ServerFrame["type"]>(
      type: Type,
      tell: (frame: FrameOf<Type>) => readonly ServerFrame[] | undefined,
    ): () => boolean {
      let isTold = false;
      lies = {
        toClient(frame) {
          if (isTold || frame.type !== type) return [frame];
          const said = tell(frame as FrameOf<Type>);
          isTold = said !== undefined;
          return said ?? [frame];
        },
      };
      return () => isTold;
    },
    /** Answers the first submission that fits, which goes no further, and is honest again. @returns whether it was told. */
    answerOnce(answer: (frame: SubmitFrame) => readonly ServerFrame[] | undefined): () => boolean {
      let isTold = false;
      lies = {
        swallow(frame) {
          if (isTold || frame.type !== "submit") return undefined;
          const said = answer(frame);
          isTold = said !== undefined;
          return said;
        },
      };
      return () => isTold;
    },
    honest(): void {
      lies = {};
    },
  };
}

/** A refusal of this submission that nobody has given. */
export const refusalOf = (
  { submissionId, roomId }: SubmitFrame,
  code: RefusedFrame["code"],
  more: Pick<RefusedFrame, "epoch" | "existingRoomId"> = {},
): RefusedFrame => ({ type: "refused", submissionId, roomId, code, ...more });

/** An acceptance of this submission, which stands nowhere. */
export const acceptanceOf = ({ submissionId, roomId }: SubmitFrame, sequence = 1): FrameOf<"accepted"> => ({
  type: "accepted",
  submissionId,
  roomId,
  sequence,
  time: Date.now(),
});

/** The entries that a client has been sent of all rooms. */
export const entriesOf = (liar: FrameLiar): Entry[] => liar.told("entries").flatMap(({ entries }) => entries);

const refusals = [
  "stale-epoch",
  "forbidden",
  "room-exists",
  "not-found",
  "room-full",
  "room-changed",
  "not-a-member",
  "malformed",
  "submission-conflict",
] as const satisfies readonly RefusedFrame["code"][];
export type SubmissionAnswer = "accepted" | (typeof refusals)[number];
/** Every answer to a submission. */
export const submissionAnswers: readonly SubmissionAnswer[] = ["accepted", ...refusals];

/** That answer, given by nobody; an acceptance at the place that comes next in the room, as far as this client can know. */
export function answerOf(liar: FrameLiar, frame: SubmitFrame, answer: SubmissionAnswer): ServerFrame {
  if (answer !== "accepted") return refusalOf(frame, answer);
  const told = liar.told("entries").filter(({ roomId }) => roomId === frame.roomId);
  const places = told.flatMap(({ entries }) => entries.map(({ sequence }) => sequence));
  return acceptanceOf(frame, Math.max(0, ...places) + 1);
}
