/**
 * What people are told of passkeys that were added. Which there are is the server's word: it may keep one back or make one
 * up, and all that follows is a notice. Pure.
 */
import type { DeviceId } from "@nimes/protocol/ids";
import type { OutsideState, PasskeyAdded } from "../capsule/outside.ts";

/** So long the lock screen says it, whatever is confirmed behind it. */
const shownForMs = 7 * 24 * 60 * 60_000;
/** More than an honest server has to tell; the newest stay. */
const maxKept = 20;

type Claimed = { deviceId: DeviceId; credentialId: string };

/** Notes those that were not known. */
export function heardOf(
  state: OutsideState,
  claimed: readonly Claimed[],
  here: { deviceId: DeviceId; now: number },
): OutsideState {
  const known = state.passkeysAdded ?? [];
  const unknown = claimed.filter(
    ({ credentialId }) => !known.some((added) => added.credentialId === credentialId),
  );
  if (unknown.length === 0) return state;
  const heard = unknown.map(
    ({ credentialId, deviceId }): PasskeyAdded => ({
      credentialId,
      thisDevice: deviceId === here.deviceId,
      learntAt: here.now,
      confirmed: false,
    }),
  );
  return { ...state, passkeysAdded: [...known, ...heard].slice(-maxKept) };
}

/** This device has made one: whoever did it needs no confirming, and still finds it at the lock screen. */
export function addedHere(state: OutsideState, credentialId: string, now: number): OutsideState {
  const others = (state.passkeysAdded ?? []).filter((added) => added.credentialId !== credentialId);
  const added: PasskeyAdded = { credentialId, thisDevice: true, learntAt: now, confirmed: true };
  return { ...state, passkey: credentialId, passkeysAdded: [...others, added].slice(-maxKept) };
}

export const confirmedAll = (state: OutsideState): OutsideState =>
  state.passkeysAdded?.some(({ confirmed }) => !confirmed)
    ? { ...state, passkeysAdded: state.passkeysAdded.map((added) => ({ ...added, confirmed: true })) }
    : state;

export type PasskeyNotice = Pick<PasskeyAdded, "thisDevice" | "learntAt">;

/** The newest that the lock screen says. */
export const noticeAtLock = ({ passkeysAdded = [] }: OutsideState, now: number): PasskeyNotice | undefined =>
  noticeOf(passkeysAdded.findLast(({ learntAt }) => now - learntAt < shownForMs));

/** The newest that nobody has confirmed. */
export const noticeInside = ({ passkeysAdded = [] }: OutsideState): PasskeyNotice | undefined =>
  noticeOf(passkeysAdded.findLast(({ confirmed }) => !confirmed));

const noticeOf = (added: PasskeyAdded | undefined): PasskeyNotice | undefined =>
  added && { thisDevice: added.thisDevice, learntAt: added.learntAt };
