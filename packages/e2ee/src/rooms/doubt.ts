/** A verdict that only a newer directory can give: nothing was consumed, and the same entries are opened again. */
import type { UserId } from "@nimes/protocol/ids";

export type Doubt = { doubt: UserId[] };

export function doubtOf(userIds: readonly UserId[]): Doubt {
  return { doubt: [...new Set(userIds)] };
}

export const isDoubt = (value: object): value is Doubt => "doubt" in value;
