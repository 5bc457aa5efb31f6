/**
 * Who is who: organisation, officers and their devices, each verified from the root hash of the letter before anybody
 * relies on it. A server can withhold; what it changes, forks or takes back is refused, and the old stays (D2, D8, D9).
 */
import type { DirectoryLookup, VerifiedDevice, VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import type { ClientId, UnitId, UserId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok } from "@nimes/protocol/result";
import type { DirectoryEntry } from "@nimes/protocol/routes/routes";
import { routes } from "@nimes/protocol/routes/routes";
import { continues, hasNewDevice } from "../core/directory-continuity.ts";
import type { DirectoryRecord } from "../core/records.ts";
import type { Change, Store } from "../ports/store.ts";
import type { Changes } from "./changes.ts";
import type { Organisation } from "./organisation.ts";
import { createSerial } from "./serial.ts";
import type { Session } from "./session.ts";

export type DirectoryService = {
  lookup: DirectoryLookup;
  user(userId: UserId): VerifiedUser | undefined;
  /** As the server sent it, for a user that verified. */
  entry(userId: UserId): DirectoryEntry | undefined;
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
  /** As `prove`, for devices that should have ended. */
  proveEnded(clientIds: readonly ClientId[]): Promise<Result<void>>;
  /**
   * Whether a later letter has ended a device. It stays so, whatever comes: who acts on it never acts on what is out of
   * date. @param at milliseconds; whether it had ended by then.
   */
  isEnded(clientId: ClientId, at?: number): boolean;
};

export type DirectoryNeeds = {
  store: Store;
  organisation: Organisation;
  session: Session;
  changes: Changes;
  /** These people have new devices, which ended the ones they had (DESIGN §3). */
  onNewDevices(userIds: readonly UserId[]): void;
};

/** The directory as it was last verified. */
export async function loadDirectory(needs: DirectoryNeeds): Promise<DirectoryService> {
  const { store, changes, organisation } = needs;
  const serial = createSerial();
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
    const synced = await organisation.sync();
    if (!synced.ok) return synced;
    if (synced.value === "contradicts") await contradict();
    if (synced.value === "newer") changes.tell({ of: "directory" });
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
    const user = await verifyUser(organisation.current(), entry);
    if (user.ok || user.code !== "wrong-signer") return user;
    await syncManifests();
    return verifyUser(organisation.current(), entry);
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
    const renewed = fresh.filter((record) => hasNewDevice(records.get(record.user.userId), record));
    for (const record of fresh) {
      records.set(record.user.userId, record);
      absent.delete(record.user.userId);
    }
    sequence = upTo;
    if (fresh.length > 0) changes.tell({ of: "directory" });
    if (renewed.length > 0) needs.onNewDevices(renewed.map(({ user }) => user.userId));
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

  const isEnded = (clientId: ClientId, at = Number.POSITIVE_INFINITY): boolean =>
    records
      .get(userOf(clientId))
      ?.user.ended.some((device) => device.clientId === clientId && device.until < at) ?? false;

  async function fetchFor(userIds: readonly UserId[]): Promise<Result<void>> {
    if (userIds.length === 0) return ok(undefined);
    const synced = await sync();
    if (!synced.ok) return synced;
    for (const userId of userIds) if (!records.has(userId)) absent.add(userId);
    return ok(undefined);
  }

  return {
    lookup: (userId) => records.get(userId)?.user ?? (absent.has(userId) ? "unprovable" : undefined),
    user: (userId) => records.get(userId)?.user,
    entry: (userId) => records.get(userId)?.entry,
    users: () => [...records.values()].map(({ user }) => user),
    organisation: organisation.current,
    unitName: (unitId) =>
      organisation.current().manifest.units.find(({ id }) => id === unitId)?.name ?? unitId,
    sequence: () => sequence,
    isSound: () => sound,
    sync,
    prove: (userIds) => fetchFor(userIds.filter((userId) => !records.has(userId))),
    isEnded,
    proveEnded: (clientIds) => fetchFor(clientIds.filter((one) => !isEnded(one)).map(userOf)),
    proveDevices: (clientIds) => fetchFor(clientIds.filter((one) => !isKnownDevice(one)).map(userOf)),
  };
}
