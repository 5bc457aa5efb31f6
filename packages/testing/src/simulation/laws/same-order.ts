/** All who are in a room see the same order, or somebody is told that they do not (P3, P4). */
import { messagesIn, type RoomView } from "./room-view.ts";

/** Behind the last two, what could not be read was sealed again: it stands where it came to whoever reads it only now. */
const warnings = ["fork", "loss", "refused", "unopened", "came-back", "refounded"];

const warns = ({ items }: RoomView): boolean =>
  items.some((item) => item.kind === "notice" && warnings.includes(item.notice.type));

/** @param views of one room. */
export function orderDiffers(views: readonly RoomView[]): string[] {
  return views.flatMap((one, index) =>
    views.slice(index + 1).flatMap((other) => {
      const [mine, theirs] = [placesIn(one), placesIn(other)];
      const common = [...mine.keys()].filter((id) => theirs.has(id));
      const inTheirs = [...theirs.keys()].filter((id) => mine.has(id));
      if (common.join() === inTheirs.join() || warns(one) || warns(other)) return [];
      return [`${one.name} and ${other.name} see another order, and nobody is told`];
    }),
  );
}

const placesIn = (view: RoomView): Map<string, number> =>
  new Map(
    messagesIn(view).flatMap(({ messageId, sequence }) =>
      sequence === undefined ? [] : [[messageId, sequence]],
    ),
  );
