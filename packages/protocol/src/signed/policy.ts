/** What holds on devices of each class. Signed by a policy key; versions only rise. */
import * as Type from "typebox";
import { Closed, OrgIdText, SignedNumber, SignedTime } from "../schema.ts";

const hour = 60 * 60_000;

export const ClassPolicy = Closed({
  /** Locks after this time without input. */
  inactivityLockMs: Type.Integer({ minimum: 30_000, maximum: 24 * hour }),
  /** Locks after this time in the background; 0 locks at once. */
  backgroundLockMs: Type.Integer({ minimum: 0, maximum: 24 * hour }),
  /** Messages are deleted on the device this long after they were seen or sent. */
  messageLifetimeMs: Type.Integer({ minimum: hour, maximum: 365 * 24 * hour }),
  /** Opening with the passkey without network, this long after the last contact; 0 = never. */
  offlineOpeningMs: Type.Integer({ minimum: 0, maximum: 72 * hour }),
  picturesAllowed: Type.Boolean(),
  pinMinLength: Type.Integer({ minimum: 6, maximum: 64 }),
});
export type ClassPolicy = Type.Static<typeof ClassPolicy>;

export const Policy = Closed({
  orgId: OrgIdText,
  version: SignedNumber,
  service: ClassPolicy,
  private: ClassPolicy,
  /** False: devices of class private are locked until this changes. */
  privateDevicesAllowed: Type.Boolean(),
  time: SignedTime,
});
export type Policy = Type.Static<typeof Policy>;

const defaultClassPolicy: ClassPolicy = {
  inactivityLockMs: 5 * 60_000,
  backgroundLockMs: 60_000,
  messageLifetimeMs: 7 * 24 * hour,
  offlineOpeningMs: 0,
  picturesAllowed: true,
  pinMinLength: 8,
};

/** What holds before the organisation has set a policy. */
export const defaultPolicy = {
  version: 0,
  service: { ...defaultClassPolicy, backgroundLockMs: 5 * 60_000 },
  private: defaultClassPolicy,
  privateDevicesAllowed: true,
} as const;
