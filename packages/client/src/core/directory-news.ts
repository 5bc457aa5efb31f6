/** What people have to be told of somebody whose place in the directory has changed. */
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { ToldUser } from "./records.ts";

export type DirectoryNews = {
  /** Somebody who had a device before has another one now. */
  newDevice: boolean;
  /** Another unit vouches for this person. */
  changedUnit: boolean;
  /** Devices came or went: rooms with this person may hold one that has ended. */
  changedDevices: boolean;
};

export const toldOf = ({ unitId, devices }: VerifiedUser): ToldUser => ({
  unitId,
  devices: devices.map(({ clientId }) => clientId),
});

/** @returns undefined where there is nothing to tell. */
export function newsOf(told: ToldUser, user: VerifiedUser): DirectoryNews | undefined {
  const now = toldOf(user);
  const came = now.devices.some((device) => !told.devices.includes(device));
  const went = told.devices.some((device) => !now.devices.includes(device));
  const news = {
    newDevice: came && told.devices.length > 0,
    changedUnit: user.attested && told.unitId !== now.unitId,
    changedDevices: came || went,
  };
  return Object.values(news).some((one) => one) ? news : undefined;
}
