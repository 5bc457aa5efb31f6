/** What the directory shows of a user, from all letters and devices: both adapters ask it. */
import type { UserId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { DirectoryEntry, DirectoryGeneration } from "@nimes/protocol/routes/routes";
import type { Letter, Transfer } from "./letters.ts";
import { attestedBy, byGeneration, countsNow, newestLetter, transferFor, usedBelow } from "./letters.ts";

/**
 * The newest generation that has a device, and every other that has one: the lower ones, and those whose desk key does not
 * count any more, because they stand in rooms. A letter above it has not been used: it is nobody's business.
 */
export function directoryEntry(
  user: { userId: UserId; sequence: number },
  letters: readonly Letter[],
  transfers: readonly Transfer[],
): DirectoryEntry {
  const used = byGeneration(letters).filter((letter) => letter.genesis !== undefined);
  const shown = used.findLast(countsNow) ?? newestLetter(letters);
  if (!shown) throw new Error("A user without an attestation");
  const others = used.filter((letter) => letter !== shown);
  // Those that count are few by the rule that takes them; of the others the newest stand in rooms, if any.
  const room = limits.maxGenerations - others.filter(countsNow).length;
  const gone = new Set(others.filter((letter) => !countsNow(letter)).slice(-room));
  const former = others.filter((letter) => countsNow(letter) || gone.has(letter));
  const generationOf = (letter: Letter): DirectoryGeneration => {
    const latest = attestedBy(letter);
    const again = letter.attested.filter((one) => one !== latest).map(({ attestation }) => attestation);
    const before = usedBelow(letters, letter.generation);
    const transfer = before && transferFor(before, transfers, latest.unitId);
    return {
      attestation: latest.attestation,
      ...(again.length > 0 && { again }),
      ...(transfer && { transfer: transfer.transfer }),
      links: letter.genesis ? [letter.genesis] : [],
    };
  };
  const { userId, sequence } = user;
  return {
    sequence,
    userId,
    ...generationOf(shown),
    ...(former.length > 0 && { former: former.map(generationOf) }),
  };
}
