/** A phone that shows nothing is opened again; where that cannot be, the officer gets a new letter. */
import { callOf, isAwake, type Phone } from "./phones/phone.ts";
import type { World } from "./world.ts";

/** Undefined for a phone that is off or has died. */
export async function stateOf(phone: Phone): Promise<string | undefined> {
  if (!isAwake(phone)) return undefined;
  return (await callOf(phone, "state", phone.officer.client.state()))?.state;
}
export const isReady = async (phone: Phone): Promise<boolean> => (await stateOf(phone)) === "ready";

/** What only a new letter helps against. */
const over = ["ended", "destroyed", "not-activated"];

/** @returns whether it is open now. */
export async function comeBack(phone: Phone, { fleet, ledger, liar }: World): Promise<boolean> {
  if (await fleet.wake(phone)) return true;
  const state = await stateOf(phone);
  if (state === undefined || !over.includes(state)) return false;
  ledger.history.push(`${phone.name}: is ${state}, new letter`);
  if (!liar.told.some(({ officer, label }) => officer === phone.name && mayEnd(label)))
    ledger.faults.add(`${phone.name} is ${state}, and nobody has said anything of the kind`);
  await fleet.replace(phone);
  return true;
}

/** The server can lock, wipe and end: what it says of the device itself, of the PIN, or in a refusal. */
const authority = /^code:|:(closing|getDeviceState|post(SignIn|Renewal|PinLogin\w+|Activation\w*))\b/;
const mayEnd = (label: string): boolean => authority.test(label);
