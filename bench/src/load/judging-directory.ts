/** The app's directory service on a store, with nobody to ask: manifests come when the bench says so. */
import { systemClock } from "@nimes/client/adapters/system-clock";
import type { Store } from "@nimes/client/ports/store";
import type { Session } from "@nimes/client/services/connection/session";
import type { DirectoryService } from "@nimes/client/services/people/directory";
import { loadDirectory } from "@nimes/client/services/people/directory";
import { verifyOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { ok, refuse } from "@nimes/protocol/result";
import type { OrgManifest } from "@nimes/protocol/signed/org-manifest";
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestOrganisation } from "@nimes/testing/organisation";
import { publishManifest } from "@nimes/testing/organisation";

export type JudgingDirectory = {
  service: DirectoryService;
  /** The next manifest, verified but not yet in force. @returns the moment that it is. */
  prepare(changes: Partial<OrgManifest>): Promise<() => void>;
  /** Resolves when so many people have been told of. */
  told(people: number): Promise<void>;
};

export async function openJudgingDirectory(
  organisation: TestOrganisation,
  store: Store,
): Promise<JudgingDirectory> {
  const verify = async () => granted(await verifyOrganisation(organisation.rootHash, organisation.manifests));
  let verified = await verify();
  const listeners = new Set<() => void>();
  let awaited = { people: 0, resolve: (): void => undefined };
  const service = await loadDirectory({
    store,
    clock: systemClock,
    organisation: {
      current: () => verified,
      sync: async () => ok("same"),
      onNewer(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    session: { call: async () => refuse("no-network") } as unknown as Session,
    changes: { tell: () => undefined, subscribe: () => () => undefined, close: () => undefined },
    onNewDevices: () => undefined,
    onChangedUnit: () => undefined,
    onChangedDevices(userIds) {
      awaited.people -= userIds.length;
      if (awaited.people <= 0) awaited.resolve();
    },
    failed(error) {
      throw error;
    },
  });
  return {
    service,
    async prepare(changes) {
      await publishManifest(organisation, changes);
      const next = await verify();
      return () => {
        verified = next;
        for (const listener of listeners) listener();
      };
    },
    told: (people) =>
      new Promise((resolve) => {
        awaited = { people, resolve };
      }),
  };
}
