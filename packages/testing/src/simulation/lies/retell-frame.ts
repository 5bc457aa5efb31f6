/** What becomes of one frame of the honest server under a lie. */
import { encodeCbor } from "@nimes/protocol/cbor";
import { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { Random } from "../random.ts";
import { type FrameLie, isValueLie, serverFrames } from "./all-lies.ts";
import { brief } from "./brief.ts";
import { changeValue } from "./change-value.ts";
import type { Dictionary } from "./dictionary.ts";
import { inventObject } from "./invent-value.ts";
import { shapeOf } from "./shapes.ts";

export type Frame = Record<string, unknown>;

/** What the server keeps of what it has sent, by type, to say it again to anybody. */
export type SentBefore = Map<string, Frame[]>;

export type Retold = {
  /** What arrives at once. */
  give: Uint8Array[];
  /** What arrives some time later; `held`: behind the next frame, if that is sooner. */
  later?: "late" | "held";
  /** Undefined where the frame left nothing to lie about. */
  told?: string;
};

export function retellFrame(
  { bytes, frame }: { bytes: Uint8Array; frame: Frame },
  { lie, random }: { lie: FrameLie; random: Random },
  { dictionary, sentBefore }: { dictionary: Dictionary; sentBefore: SentBefore },
): Retold {
  if (isValueLie(lie)) {
    const value = structuredClone(frame);
    const change = changeValue({ shape: shapeOf(ServerFrame), value }, lie, { dictionary, random });
    if (!change) return { give: [bytes] };
    return { give: [encodeCbor(value)], told: `${brief(change.before)} → ${brief(change.after)}` };
  }
  switch (lie.kind) {
    case "drop":
      return { give: [], told: "" };
    case "double":
      return { give: [bytes, bytes], told: "" };
    case "late":
      return { give: [], later: "late", told: "" };
    case "hold":
      return { give: [], later: "held", told: "" };
    case "garble":
      return { give: [bytes.slice(0, random.below(bytes.length))], told: "" };
    case "replay": {
      const old = random.oneOf(sentBefore.get(lie.subject) ?? []);
      return old ? { give: [bytes, encodeCbor(old)], told: brief(old) } : { give: [bytes] };
    }
    case "invent": {
      const shape = serverFrames.find(({ type }) => type === lie.subject)?.shape;
      const made = shape && inventObject(shape, {}, { dictionary, random });
      return made ? { give: [encodeCbor(made), bytes], told: brief(made) } : { give: [bytes] };
    }
    default:
      return lie satisfies never;
  }
}
