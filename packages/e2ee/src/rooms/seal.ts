/** Sealing: contents become MLS application messages, in order, in one transaction that has looked at the tree. */
import { encodeContent } from "@nimes/protocol/content/content";
import type { ClientId } from "@nimes/protocol/ids";
import { inTransaction, keep, rollBack } from "../core-crypto/transaction.ts";
import type { PlanSealing, Room, SealOutcome } from "../e2ee.ts";
import { readKnownTree } from "./known-tree.ts";
import { conversationOf, type MlsContext } from "./mls-context.ts";

export function seal(session: MlsContext, room: Room, plan: PlanSealing): Promise<SealOutcome> {
  const conversation = conversationOf(room.groupId);
  return inTransaction<SealOutcome>(session, async (context) => {
    if (!(await context.conversationExists(conversation))) return rollBack({ outcome: "gone" });
    const epoch = Number(await context.conversationEpoch(conversation));
    const tree = await readKnownTree(session, context, room.groupId);
    if (!tree.readable) throw new Error(`the gate has let a tree in that it refuses: ${tree.reason}`);
    const devices = tree.leaves.map(({ clientId }) => clientId);
    const planned = plan(epoch);
    if (!planned) return rollBack({ outcome: "nothing" });
    if (!sameDevices(devices, planned.shown)) return rollBack({ outcome: "moved", devices });
    const sealed: Uint8Array[] = [];
    for (const content of planned.contents)
      sealed.push(await context.encryptMessage(conversation, encodeContent(content)));
    return keep({ outcome: "sealed", epoch, sealed });
  });
}

function sameDevices(tree: readonly ClientId[], shown: readonly ClientId[]): boolean {
  const expected = new Set(shown);
  return tree.length === expected.size && tree.every((device) => expected.has(device));
}
