/** Opens the encryption of one device on its store. */
import type { ClientId, GroupId } from "@nimes/protocol/ids";
import { mlsThumbprintOf } from "@nimes/protocol/mls/identity";
import {
  CipherSuite,
  CoreCrypto,
  Credential,
  type CredentialRef,
  Database,
  DatabaseKey,
  type MlsTransport,
  MlsTransportError,
} from "@wireapp/core-crypto/browser";
import { loadCoreCrypto } from "./core-crypto/load-core-crypto.ts";
import { toMlsIdentity } from "./core-crypto/mls-identity.ts";
import { inTransaction, keep, type OpenCore, rollBack } from "./core-crypto/transaction.ts";
import type { E2ee, OpenE2ee, OpenTerms } from "./e2ee.ts";
import { changeMembers } from "./rooms/change-members.ts";
import { completeRoom } from "./rooms/complete-room.ts";
import { foundRoom } from "./rooms/found-room.ts";
import { isSameGroup } from "./rooms/is-same-group.ts";
import { joinRoom } from "./rooms/join-room.ts";
import { conversationOf, type MlsContext } from "./rooms/mls-context.ts";
import { openEntries } from "./rooms/open-entries.ts";
import { readClientIds } from "./rooms/read-client-ids.ts";
import { refound } from "./rooms/refound.ts";
import { rejoin } from "./rooms/rejoin.ts";
import { renew } from "./rooms/renew.ts";
import { seal } from "./rooms/seal.ts";

/**
 * @returns the encryption of the device named; its MLS signature key is made at the first opening.
 * @throws Error when the module cannot be loaded, or the store cannot be opened with this key.
 */
export async function openE2ee(options: OpenE2ee): Promise<E2ee> {
  const writes = await loadCoreCrypto(options.wasm);
  const database = await Database.open(options.storeName, new DatabaseKey(options.databaseKey));
  const core = CoreCrypto.new(database);
  const open: OpenCore = { core, writes };
  const outgoing: MlsContext["outgoing"] = { handler: undefined };
  const cipherSuite = CipherSuite.Mls128Dhkemx25519Aes128gcmSha256Ed25519;
  const credential = await initialise(open, { ...options, cipherSuite, transport: transportTo(outgoing) });
  const mlsThumbprint = mlsThumbprintOf(await core.publicKey(credential));
  const session: MlsContext = {
    ...open,
    credential,
    clientId: options.clientId,
    mlsThumbprint,
    cipherSuite,
    directory: options.directory,
    outgoing,
    knownTrees: new Map(),
    now: options.now ?? Date.now,
  };
  return {
    clientId: options.clientId,
    mlsThumbprint,
    newKeyPackages: (count) => newKeyPackages(session, count),
    foundRoom: (room) => foundRoom(session, completeRoom(room)),
    joinRoom: (invitation, options) => joinRoom(session, invitation, options),
    changeMembers: (room, change, submit) => changeMembers(session, completeRoom(room), change, submit),
    renew: (room, submit) => renew(session, completeRoom(room), submit),
    rejoin: (room, healing, submit) => rejoin(session, room, healing, submit),
    refound: (room, made, submit) => refound(session, completeRoom(room), made, submit),
    seal: (room, plan) => seal(session, completeRoom(room), plan),
    open: (room, entries, persist, terms = ownNothing) =>
      openEntries(session, { room: completeRoom(room), persist, terms }, entries),
    epochOf: (groupId) => epochOf(session, groupId),
    isSameGroup: (groupId, groupInfo) => isSameGroup(session, groupId, groupInfo),
    devicesOf: (groupId) => devicesOf(session, groupId),
    leaveRoom: (groupId) => leaveRoom(session, groupId),
    close: async () => core.uniffiDestroy(),
  };
}

const ownNothing: OpenTerms = { own: { isOwn: () => false, commitEpochs: [] }, isFresh: true };

type Initial = { clientId: ClientId; cipherSuite: CipherSuite; transport: MlsTransport };

async function initialise(
  open: OpenCore,
  { clientId, cipherSuite, transport }: Initial,
): Promise<CredentialRef> {
  const identity = toMlsIdentity(clientId);
  await inTransaction(open, async (context) => keep(await context.mlsInit(identity, transport)));
  const [stored] = await open.core.findCredentials({ clientId: identity, cipherSuite });
  if (stored) return stored;
  return inTransaction(open, async (context) =>
    keep(await context.addCredential(Credential.basic(cipherSuite, identity))),
  );
}

/** Every commit goes through the handler that the making transaction has set; nothing else may leave. */
function transportTo(outgoing: MlsContext["outgoing"]): MlsTransport {
  return {
    sendCommitBundle: async (bundle) => {
      const accepted = outgoing.handler ? await outgoing.handler(bundle) : false;
      // Any other error would panic the module and poison its lock.
      if (!accepted) throw new MlsTransportError.MessageRejected({ reason: "not accepted" });
    },
    prepareForTransport: async () => new Uint8Array(),
  };
}

const newKeyPackages = (session: MlsContext, count: number): Promise<Uint8Array[]> =>
  inTransaction(session, async (context) => {
    const keyPackages: Uint8Array[] = [];
    for (let made = 0; made < count; made++)
      keyPackages.push((await context.generateKeyPackage(session.credential)).serialize());
    return keep(keyPackages);
  });

// Both read inside a transaction: outside of one core-crypto shows what a running one may still undo.
const epochOf = (session: MlsContext, groupId: GroupId): Promise<number | undefined> =>
  inTransaction(session, async (context) => {
    const conversation = conversationOf(groupId);
    if (!(await context.conversationExists(conversation))) return rollBack(undefined);
    return rollBack(Number(await context.conversationEpoch(conversation)));
  });

const devicesOf = (session: MlsContext, groupId: GroupId): Promise<ClientId[]> =>
  inTransaction(session, async (context) => {
    const conversation = conversationOf(groupId);
    const isThere = await context.conversationExists(conversation);
    return rollBack(isThere ? await readClientIds(context, conversation) : []);
  });

const leaveRoom = (session: MlsContext, groupId: GroupId): Promise<void> =>
  inTransaction(session, async (context) => {
    const conversation = conversationOf(groupId);
    if (await context.conversationExists(conversation)) await context.wipeConversation(conversation);
    return keep(undefined);
  });
