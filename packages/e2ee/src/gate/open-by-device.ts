/** Structures that a device signs with its device key: opened by the key that its user's chain gives for it. */
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import type { DirectoryLookup } from "../chains/verified-user.ts";
import type { GateReason } from "../e2ee.ts";
import { deviceAt } from "./chain-lookup.ts";

/** What is known of people. */
export type DirectoryAtHand = {
  directory: DirectoryLookup;
  /** Whether it is as new as the server's: only then somebody is refused for what it does not hold. */
  isFresh: boolean;
};

export type OpenedByDevice<Value> =
  | { result: "opened"; value: Value }
  | { result: "refused"; reason: GateReason }
  | { result: "chain-missing"; userIds: UserId[] };

/** A signed structure, as it says itself and as whoever holds a key has signed it. */
export type Signature<Value> = {
  claimed: Result<Value>;
  openWith(deviceKey: Uint8Array): Promise<Result<Value>>;
};

/**
 * @param by.nameOf the device that says to have signed it.
 * @param by.time of the entry, so that all come to the same verdict whenever they look: nothing counts of a device that had
 *   ended by then.
 * @returns `not-on-chain` for a device that no verified chain names, `unreadable` for anything that it has not signed.
 */
export async function openByDevice<Value>(
  { directory, isFresh }: DirectoryAtHand,
  { claimed, openWith }: Signature<Value>,
  by: { nameOf: (value: Value) => ClientId; time: number },
): Promise<OpenedByDevice<Value>> {
  if (!claimed.ok) return { result: "refused", reason: "unreadable" };
  const clientId = by.nameOf(claimed.value);
  const device = deviceAt(directory, clientId, by.time);
  if (!device)
    return isFresh && directory(userOf(clientId)) !== undefined
      ? { result: "refused", reason: "not-on-chain" }
      : { result: "chain-missing", userIds: [userOf(clientId)] };
  const opened = await openWith(device.deviceKey);
  return opened.ok ? { result: "opened", value: opened.value } : { result: "refused", reason: "unreadable" };
}
