/** Opens the encryption of one device on its store. */
import type { ClientId, RoomId } from "@nimes/protocol/ids";
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
import { mlsThumbprintOf, toMlsIdentity } from "./core-crypto/mls-identity.ts";
import { inTransaction, keep, type OpenCore } from "./core-crypto/transaction.ts";
import type { E2ee, OpenE2ee } from "./e2ee.ts";
import { changeMembers } from "./rooms/change-members.ts";
import { foundRoom } from "./rooms/found-room.ts";
import { joinRoom } from "./rooms/join-room.ts";
import { openEntries } from "./rooms/open-entries.ts";
import { readClientIds } from "./rooms/read-client-ids.ts";
import { seal } from "./rooms/seal.ts";
import { conversationOf, type Session } from "./rooms/session.ts";

/**
 * @returns the encryption of the device named; its MLS signature key is made at the first opening.
 * @throws Error when the module cannot be loaded, or the store cannot be opened with this key.
 */
export async function openE2ee(options: OpenE2ee): Promise<E2ee> {
  const writes = await loadCoreCrypto(options.wasm);
  const database = await Database.open(options.storeName, new DatabaseKey(options.databaseKey));
  const core = CoreCrypto.new(database);
  const open: OpenCore = { core, writes };
  const outgoing: Session["outgoing"] = { handler: undefined };
  const cipherSuite = CipherSuite.Mls128Dhkemx25519Aes128gcmSha256Ed25519;
  const credential = await initialise(open, { ...options, cipherSuite, transport: transportTo(outgoing) });
  const mlsThumbprint = mlsThumbprintOf(await core.publicKey(credential));
  const session: Session = {
    ...open,
    credential,
    clientId: options.clientId,
    cipherSuite,
    directory: options.directory,
    outgoing,
    now: options.now ?? Date.now,
  };
  return {
    clientId: options.clientId,
    mlsThumbprint,
    newKeyPackages: (count) => newKeyPackages(session, count),
    foundRoom: (room) => foundRoom(session, room),
    joinRoom: (invitation) => joinRoom(session, invitation),
    changeMembers: (room, change, submit) => changeMembers(session, room, change, submit),
    seal: (room, contents, epoch) => seal(session, room, contents, epoch),
    open: (room, entries, persist) => openEntries(session, room, entries, persist),
    epochOf: (roomId) => epochOf(core, roomId),
    devicesOf: (roomId) => devicesOf(core, roomId),
    leaveRoom: (roomId) => leaveRoom(session, roomId),
    close: async () => core.uniffiDestroy(),
  };
}

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
function transportTo(outgoing: Session["outgoing"]): MlsTransport {
  return {
    sendCommitBundle: async (bundle) => {
      const accepted = outgoing.handler ? await outgoing.handler(bundle) : false;
      // Any other error would panic the module and poison its lock.
      if (!accepted) throw new MlsTransportError.MessageRejected({ reason: "not accepted" });
    },
    prepareForTransport: async () => new Uint8Array(),
  };
}

const newKeyPackages = (session: Session, count: number): Promise<Uint8Array[]> =>
  inTransaction(session, async (context) => {
    const keyPackages: Uint8Array[] = [];
    for (let made = 0; made < count; made++)
      keyPackages.push((await context.generateKeyPackage(session.credential)).serialize());
    return keep(keyPackages);
  });

async function epochOf(core: CoreCrypto, roomId: RoomId): Promise<number | undefined> {
  const conversation = conversationOf(roomId);
  if (!(await core.conversationExists(conversation))) return undefined;
  return Number(await core.conversationEpoch(conversation));
}

async function devicesOf(core: CoreCrypto, roomId: RoomId): Promise<ClientId[]> {
  const conversation = conversationOf(roomId);
  return (await core.conversationExists(conversation)) ? readClientIds(core, conversation) : [];
}

const leaveRoom = (session: Session, roomId: RoomId): Promise<void> =>
  inTransaction(session, async (context) => {
    const conversation = conversationOf(roomId);
    if (await context.conversationExists(conversation)) await context.wipeConversation(conversation);
    return keep(undefined);
  });
