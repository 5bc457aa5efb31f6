/** Registrations of PINs in memory. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { RegistrationId } from "@nimes/protocol/ids";
import type { NewRegistration, RegistrationOwner, RegistrationStore } from "../ports/registration-store.ts";
import type { MemoryState } from "./memory-state.ts";

type Row = NewRegistration & { recordHash?: Uint8Array };

export function memoryRegistrationStore(state: MemoryState): RegistrationStore {
  let rows = new Map<RegistrationId, Row>();
  const keep = (wanted: (row: Row) => boolean): void => {
    rows = new Map([...rows].filter(([, row]) => wanted(row)));
  };
  const isSame = (a: RegistrationOwner, b: RegistrationOwner): boolean =>
    a.kind === b.kind && a.name === b.name;
  const ofOwner = (owner: RegistrationOwner): Row[] =>
    [...rows.values()].filter((row) => isSame(row.owner, owner));
  const isUsed = (row: Row): boolean => row.recordHash !== undefined;
  state.onDestroyed.push((deviceId) => keep((row) => row.deviceId !== deviceId));
  return {
    async begin(registration, { count, since }) {
      const { owner, registrationId } = registration;
      const others = ofOwner(owner);
      if (owner.kind === "sign-in" && others.some(isUsed)) return "used";
      if (others.filter(({ at }) => at > since).length >= count) return "too-many";
      rows.set(registrationId, registration);
      return "begun";
    },
    async use(registrationId, { owner, deviceId, recordHash }) {
      const row = rows.get(registrationId);
      if (!row || !isSame(row.owner, owner) || row.deviceId !== deviceId) return undefined;
      if (row.recordHash) return equalBytes(row.recordHash, recordHash) ? row.sealed : undefined;
      if (owner.kind === "sign-in" && ofOwner(owner).some(isUsed)) return undefined;
      row.recordHash = recordHash;
      return row.sealed;
    },
    forget: async (kind, before) => keep(({ owner, at }) => owner.kind !== kind || at >= before),
  };
}
