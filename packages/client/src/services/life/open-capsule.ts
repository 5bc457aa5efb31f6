/** From the capsule key to an account that runs: keys, sealed store, encryption, directory. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { ErrorCode } from "@nimes/protocol/errors";
import { userOf } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { deriveCapsuleKeys } from "../../capsule/keys.ts";
import { mlsStoreNameOf } from "../../capsule/outside.ts";
import type { Own } from "../../capsule/own.ts";
import { keepOwn, readOwn } from "../../capsule/own.ts";
import { openSealedStore } from "../../capsule/sealed-store.ts";
import type { Opened } from "../../opening/open-by-pin.ts";
import type { Ports } from "../../ports/ports.ts";
import type { Changes } from "../changes.ts";
import { askAgain } from "../connection/ask-again.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import type { Session } from "../connection/session.ts";
import { createOpenedSession } from "../connection/session.ts";
import type { Account } from "./account.ts";
import { openAccount } from "./account.ts";
import type { Home } from "./home.ts";

export type CapsuleOpening =
  | { outcome: "opened"; account: Account }
  /** The directory does not show the genesis of this device (TESTS D5). */
  | { outcome: "swapped" }
  /** The browser has cleared the encryption's store away (TESTS F13). */
  | { outcome: "evicted" }
  | { outcome: "refused"; code: ErrorCode };

/** @throws CapsuleDamaged when what lies on the disk is not what this device wrote. */
export async function openCapsule(needs: {
  ports: Ports;
  calls: ServerCalls;
  changes: Changes;
  home: Home;
  opened: Opened;
  failed(error: unknown): void;
  ended(code: ErrorCode): void;
  ordersChanged(): void;
}): Promise<CapsuleOpening> {
  const { ports, changes, home, opened } = needs;
  const { outside, organisation } = home;
  const { deviceKeys } = outside.device;
  const keys = await deriveCapsuleKeys(opened.capsuleKey);
  const own = await readOwn(outside, keys);
  const { clientId } = own;
  const store = await openSealedStore(ports.storage, keys);
  const session = sessionOf(needs);
  const account = await openAccount({
    ports,
    store,
    session,
    organisation,
    changes,
    device: {
      clientId,
      userId: userOf(clientId),
      deviceKeys,
      mlsStore: { name: mlsStoreNameOf(outside.device), key: keys.databaseKey },
    },
    policy: () => home.inForce().rules,
    ended: needs.ended,
    ordersChanged: needs.ordersChanged,
    failed: needs.failed,
  });
  const standing = await checkOwn(ports, own, account);
  // Nothing is asked about it any more.
  if (standing.outcome === "opened" && own.unseenGenesis) await keepOwn(outside, keys, { clientId });
  if (standing.outcome !== "opened") await account.close(false);
  return standing;
}

function sessionOf({ ports, calls, home, opened }: Parameters<typeof openCapsule>[0]): Session {
  const { deviceKeys } = home.outside.device;
  const { token } = opened;
  return token
    ? createOpenedSession({ calls, clock: ports.clock, deviceKeys }, token)
    : offlineSession(home.session);
}

/**
 * Opened without network: nothing goes to the server, and as soon as it can be reached, it is asked before anything else;
 * then both steps are due (P8).
 */
function offlineSession(device: Session): Session {
  const reach = async () => {
    const reached = await device.token();
    return reached.ok ? refuse("not-opened") : reached;
  };
  return {
    call: reach,
    token: reach,
    renew: reach,
    endsAt: () => Number.POSITIVE_INFINITY,
    forgetToken: () => undefined,
  };
}

/** Whether directory and encryption still name this device. */
async function checkOwn(
  ports: Ports,
  { clientId, unseenGenesis }: Own,
  account: Account,
): Promise<CapsuleOpening> {
  const { directory, e2ee, session } = account;
  const userId = userOf(clientId);
  if (unseenGenesis) {
    // The letter is used: what the server has taken goes on.
    const synced = await askAgain(ports, directory.sync);
    if (!synced.ok) return { outcome: "refused", code: synced.code };
    if (!directory.isShown(userId, unseenGenesis)) return { outcome: "swapped" };
    // Not fatal: the server says at every sign-in how many are left, and they are made again.
    const keyPackages = await e2ee.newKeyPackages(limits.keyPackagesPerDevice);
    await session.call(routes.postKeyPackages, { body: { keyPackages } });
  }
  const own = directory.user(userId)?.devices.find((device) => device.clientId === clientId);
  if (own && !equalBytes(own.mlsThumbprint, e2ee.mlsThumbprint)) return { outcome: "evicted" };
  return { outcome: "opened", account };
}
