/**
 * Who is who: organisation, officers and their devices, each verified from the root hash of the letter before anybody
 * relies on it. A server can withhold; what it changes, forks or takes back is refused, and the old stays (D2, D8, D9).
 */
import type { DirectoryLookup, VerifiedDevice, VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import type { ClientId, UnitId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { routes } from "@nimes/protocol/routes/routes";
import { continues } from "../core/directory-continuity.ts";
import type { DirectoryRecord } from "../core/records.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
import { createSerial } from "./serial.ts";
import type { ServerCalls } from "./server-calls.ts";
import type { Session } from "./session.ts";

export type DirectoryService = {
  lookup: DirectoryLookup;
  user(userId: UserId): VerifiedUser | undefined;
  users(): VerifiedUser[];
  organisation(): VerifiedOrganisation;
  unitName(unitId: UnitId): string;
  /** Newest sequence number that has been taken over. */
  sequence(): number;
  isSound(): boolean;
  /** Fetches what changed. @returns `no-network` and the like when the server could not be asked. */
  sync(): Promise<Result<void>>;
  /**
   * Makes the lookup say something for each of these users: fetches the directory, and takes as unprovable whoever is
   * not in it then. @returns as `sync`.
   */
  prove(userIds: readonly UserId[]): Promise<Result<void>>;
  /**
   * As `prove`, for devices: a device that is not on the chain at hand may have come since, and judging it by an old
   * chain would part this device from all others for ever.
   */
  proveDevices(clientIds: readonly ClientId[]): Promise<Result<void>>;
};

export type DirectoryNeeds = {
  store: Store;
  calls: ServerCalls;
  session: Session;
  changes: Changes;
  rootHash: Uint8Array;
};

/** @returns the directory as it was last verified; `not-found` before the first activation has stored it. */
export async function loadDirectory(needs: DirectoryNeeds): Promise<Result<DirectoryService>> {
  const { store, changes } = needs;
  const serial = createSerial();
  const stored = await store.get("organisation", ["manifests"]);
  const verified = await verifyOrganisation(needs.rootHash, stored?.manifests ?? []);
  if (!verified.ok) return verified;
  let organisation = verified.value;
  const position = await store.get("positions", ["directory"]);
  let sequence = position?.sequence ?? 0;
  let sound = !position?.contradictory;
  const records = new Map<UserId, DirectoryRecord>();
  for (const { record } of await store.list("directory", { prefix: [] }))
    records.set(record.user.userId, record);
  /** Looked for in the whole directory and not found; asked again after the next change. */
  const absent = new Set<UserId>();

  const positionAt = (at: number): Change => ({
    put: "positions",
    key: ["directory"],
    record: sound ? { sequence: at } : { sequence: at, contradictory: true },
  });
  async function contradict(): Promise<void> {
    if (!sound) return;
    sound = false;
    changes.tell({ of: "state" });
    await store.write([positionAt(sequence)], "strict");
  }

  async function syncManifests(): Promise<Result<void>> {
    const answer = await needs.calls.call(routes.getOrganisation, {}, {});
    if (!answer.ok) return answer;
    const { manifests } = answer.value;
    const next = await verifyOrganisation(needs.rootHash, manifests, organisation.head);
    if (!next.ok) {
      await contradict();
      return ok(undefined);
    }
    if (next.value.head.version === organisation.head.version) return ok(undefined);
    await store.write([{ put: "organisation", key: ["manifests"], record: { manifests } }], "strict");
    organisation = next.value;
    changes.tell({ of: "directory" });
    return ok(undefined);
  }

  async function syncEntries(): Promise<Result<void>> {
    for (;;) {
      const answer = await needs.session.call(routes.getDirectory, { query: { after: String(sequence) } });
      if (!answer.ok) return answer;
      const { entries, head } = answer.value;
      if (head < sequence) await contradict();
      const last = entries.at(-1);
      if (!last) return ok(undefined);
      await takeOver(entries, Math.max(last.sequence, sequence));
      if (last.sequence >= head) return ok(undefined);
    }
  }

  /** A desk that is not known may stand in a manifest that has come since. */
  async function verify(entry: DirectoryEntry): Promise<Result<VerifiedUser>> {
    const user = await verifyUser(organisation, entry);
    if (user.ok || user.code !== "wrong-signer") return user;
    await syncManifests();
    return verifyUser(organisation, entry);
  }

  async function takeOver(entries: readonly DirectoryEntry[], upTo: number): Promise<void> {
    const fresh: DirectoryRecord[] = [];
    for (const entry of entries) {
      const user = await verify(entry);
      const before =
        fresh.findLast((record) => record.user.userId === entry.userId) ?? records.get(entry.userId);
      const record = user.ok ? { entry, user: user.value } : undefined;
      if (!record || (before && !continues(before, record))) await contradict();
      else fresh.push(record);
    }
    await store.write(
      [
        ...fresh.map((record): Change => ({ put: "directory", key: [record.user.userId], record })),
        positionAt(upTo),
      ],
      "strict",
    );
    for (const record of fresh) {
      records.set(record.user.userId, record);
      absent.delete(record.user.userId);
    }
    sequence = upTo;
    if (fresh.length > 0) changes.tell({ of: "directory" });
  }

  const sync = (): Promise<Result<void>> =>
    serial("sync", async () => {
      const manifests = await syncManifests();
      return manifests.ok ? syncEntries() : manifests;
    });

  const isKnownDevice = (clientId: ClientId): boolean =>
    devicesOf(userOf(clientId)).some((device) => device.clientId === clientId);
  /** Those of today, and those that a later letter has ended: they still stand in rooms. */
  const devicesOf = (userId: UserId): readonly VerifiedDevice[] => {
    const user = records.get(userId)?.user;
    return user ? [...user.devices, ...user.ended] : [];
  };

  async function fetchFor(userIds: readonly UserId[]): Promise<Result<void>> {
    if (userIds.length === 0) return ok(undefined);
    const synced = await sync();
    if (!synced.ok) return synced;
    for (const userId of userIds) if (!records.has(userId)) absent.add(userId);
    return ok(undefined);
  }

  return ok({
    lookup: (userId) => records.get(userId)?.user ?? (absent.has(userId) ? "unprovable" : undefined),
    user: (userId) => records.get(userId)?.user,
    users: () => [...records.values()].map(({ user }) => user),
    organisation: () => organisation,
    unitName: (unitId) => organisation.manifest.units.find(({ id }) => id === unitId)?.name ?? unitId,
    sequence: () => sequence,
    isSound: () => sound,
    sync,
    prove: (userIds) => fetchFor(userIds.filter((userId) => !records.has(userId))),
    proveDevices: (clientIds) => fetchFor(clientIds.filter((one) => !isKnownDevice(one)).map(userOf)),
  });
}
