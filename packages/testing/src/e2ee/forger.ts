/**
 * A hostile member: an officer with a real letter whose app is a second MLS implementation that does whatever it is
 * told. What core-crypto would never send comes from here.
 */

import { verifyUser } from "@nimes/e2ee/chains/verify-user";
import { encodeContent } from "@nimes/protocol/content/content";
import type { FullEntry } from "@nimes/protocol/entry";
import type { ClientId, UserId } from "@nimes/protocol/ids";
import { mlsIdentityBytes, mlsThumbprintOf } from "@nimes/protocol/mls/identity";
import type { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import * as mls from "ts-mls";
import {
  activateDevice,
  clientIdFor,
  directoryEntryOf,
  enrolOfficer,
  newSigner,
  type TestDevice,
} from "../organisation.ts";
import { appendEntry, submitTo, type TestRoom, textContent } from "./room-log.ts";
import { granted, type TestCircle, type TestOfficer } from "./test-device.ts";

export type ForgedKeys = { publicPackage: mls.KeyPackage; privatePackage: mls.PrivateKeyPackage };
export type Forger = TestDevice & {
  userId: UserId;
  suite: mls.CiphersuiteImpl;
  keys: ForgedKeys;
  /** State in the room that was joined last. */
  state: mls.ClientState | undefined;
};

export const suiteOf = (name: mls.CiphersuiteName = ourSuite): Promise<mls.CiphersuiteImpl> =>
  mls.getCiphersuiteImpl(mls.getCiphersuiteFromName(name));
export const ourSuite = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

const day = 86_400;
const seconds = (): number => Math.floor(Date.now() / 1000);

/** A key package under any name, with any lifetime, in any suite. */
export async function forgeKeyPackage(
  clientId: ClientId,
  options: {
    suite?: mls.CiphersuiteImpl;
    notBefore?: number;
    notAfter?: number;
    signatureKeyPair?: { signKey: Uint8Array; publicKey: Uint8Array };
  } = {},
): Promise<ForgedKeys> {
  const suite = options.suite ?? (await suiteOf());
  const signatureKeyPair = options.signatureKeyPair ?? (await suite.signature.keygen());
  return mls.generateKeyPackageWithKey(
    { credentialType: "basic", identity: mlsIdentityBytes(clientId) },
    { ...mls.defaultCapabilities(), extensions: [], proposals: [], ciphersuites: [suite.name] },
    {
      notBefore: BigInt(options.notBefore ?? seconds() - day),
      notAfter: BigInt(options.notAfter ?? seconds() + 30 * day),
    },
    [],
    signatureKeyPair,
    suite,
  );
}

/** Enrols the hostile officer like any other: letter, genesis, directory. */
export async function addForger(circle: TestCircle, fields: Partial<UserAttestation> = {}): Promise<Forger> {
  const letter = await enrolOfficer(circle.organisation, fields);
  const device = await newSigner();
  const suite = await suiteOf();
  const keys = await forgeKeyPackage(clientIdFor(letter, device), { suite });
  const mlsThumbprint = mlsThumbprintOf(keys.publicPackage.leafNode.signaturePublicKey);
  const activated = await activateDevice(letter, { device, mlsThumbprint });
  const user = granted(await verifyUser(circle.verified, directoryEntryOf(letter, activated)));
  circle.users.set(letter.userId, user);
  return { ...activated, userId: letter.userId, suite, keys, state: undefined };
}

/** The bytes of a key package as a directory would hand them out. */
export const keyPackageBytes = ({ publicPackage }: ForgedKeys): Uint8Array =>
  // An `MLSMessage` puts version and wire format, 4 bytes, before it.
  encode({ wireformat: "mls_key_package", keyPackage: publicPackage }).subarray(4);

/** An honest owner adds the forger; the forger joins. */
export async function letForgerIn(log: TestRoom, owner: TestOfficer, forger: Forger): Promise<void> {
  const add = [{ clientId: forger.clientId, keyPackage: keyPackageBytes(forger.keys) }];
  const changed = await owner.e2ee.changeMembers(
    log.room,
    { wished: [forger.userId], add, remove: [] },
    submitTo(log, owner),
  );
  if (changed.outcome !== "accepted") throw new Error(`the forger was not added: ${changed.outcome}`);
  await joinByWelcome(forger, log.invitations.get(forger.clientId)?.welcome ?? new Uint8Array());
}

/** The forger enters a room that it was invited to. */
export async function joinByWelcome(forger: Forger, bytes: Uint8Array): Promise<void> {
  const { publicPackage, privatePackage } = forger.keys;
  const welcome = decode(bytes);
  if (welcome.wireformat !== "mls_welcome") throw new Error("no welcome");
  forger.state = await mls.joinGroup(
    welcome.welcome,
    publicPackage,
    privatePackage,
    mls.emptyPskIndex,
    forger.suite,
  );
}

export type ForgedCommit = { bytes: Uint8Array; welcome: Uint8Array | undefined; newState: mls.ClientState };

/** A commit with any proposals. */
export async function forgeCommit(
  forger: Forger,
  extraProposals: mls.Proposal[],
  options: { asPublicMessage?: boolean } = {},
): Promise<ForgedCommit> {
  const made = await mls.createCommit(
    { state: stateOf(forger), cipherSuite: forger.suite },
    { wireAsPublicMessage: options.asPublicMessage ?? true, extraProposals, ratchetTreeExtension: true },
  );
  const { commit, welcome, newState } = made;
  return {
    bytes: mls.encodeMlsMessage(commit),
    welcome: welcome ? encode({ wireformat: "mls_welcome", welcome }) : undefined,
    newState,
  };
}

/** The GroupInfo of a state, with its tree, as a committer claims it. */
export async function forgeGroupInfo({ suite }: Forger, state: mls.ClientState): Promise<Uint8Array> {
  const groupInfo = await mls.createGroupInfoWithExternalPubAndRatchetTree(
    state,
    [],
    wrapsExternalKeys(suite),
  );
  return encode({ wireformat: "mls_group_info", groupInfo });
}

/** As in {@link unwrapsExternalKeys}, the other way round. */
function wrapsExternalKeys(suite: mls.CiphersuiteImpl): mls.CiphersuiteImpl {
  const exportPublicKey: mls.Hpke["exportPublicKey"] = async (key) => {
    const bytes = await suite.hpke.exportPublicKey(key);
    return Uint8Array.of(bytes.byteLength, ...bytes);
  };
  return { ...suite, hpke: { ...suite.hpke, exportPublicKey } };
}

/** A commit that opens for everybody but this device: what is sealed for it on the path is spoilt. */
export async function forgeSpoiltCommit(forger: Forger, victim: ClientId): Promise<ForgedCommit> {
  const { suite } = forger;
  const node = stateOf(forger).ratchetTree.find(
    (candidate) => candidate?.nodeType === "leaf" && isLeafOf(candidate.leaf, victim),
  );
  if (node?.nodeType !== "leaf") throw new Error("no such leaf");
  const key = node.leaf.hpkePublicKey.join();
  const seal: mls.Hpke["seal"] = async (publicKey, ...rest) => {
    const sealed = await suite.hpke.seal(publicKey, ...rest);
    const isVictim = (await suite.hpke.exportPublicKey(publicKey)).join() === key;
    return isVictim ? { ...sealed, ct: sealed.ct.map((byte) => byte ^ 1) } : sealed;
  };
  return forgeCommit({ ...forger, suite: { ...suite, hpke: { ...suite.hpke, seal } } }, []);
}

/** The forger takes somebody else's commit, as any member does. */
export async function followCommit(
  forger: Forger,
  entry: Pick<FullEntry, "bytes"> | undefined,
): Promise<void> {
  const message = decode(entry?.bytes ?? new Uint8Array());
  if (message.wireformat !== "mls_public_message") throw new Error("no commit");
  const { newState } = await mls.processMessage(
    message,
    stateOf(forger),
    mls.emptyPskIndex,
    mls.acceptAll,
    forger.suite,
  );
  forger.state = newState;
}

/** Puts a commit into the log as a server that looks away would. */
export function appendCommit(
  log: TestRoom,
  by: { clientId: ClientId },
  bytes: Uint8Array,
  devices: ClientId[],
  epoch: number = log.epoch,
): FullEntry {
  return appendEntry(log, { kind: "commit", sender: by.clientId, epoch, bytes, devices });
}

/** An application message with any bytes inside. */
export async function forgeMessage(forger: Forger, plaintext: Uint8Array): Promise<Uint8Array> {
  const made = await mls.createApplicationMessage(stateOf(forger), plaintext, forger.suite);
  forger.state = made.newState;
  return encode({ wireformat: "mls_private_message", privateMessage: made.privateMessage });
}

/** An application message with a text, as an honest app would send it. */
export const forgeText = (forger: Forger, text: string): Promise<Uint8Array> =>
  forgeMessage(forger, encodeContent(textContent(text)));

/** A loose proposal of a member. */
export async function forgeProposal(
  forger: Forger,
  proposal: mls.Proposal,
  options: { asPublicMessage: boolean },
): Promise<Uint8Array> {
  const made = await mls.createProposal(stateOf(forger), options.asPublicMessage, proposal, forger.suite);
  return mls.encodeMlsMessage(made.message);
}

/** An Add proposal of somebody outside, for themselves. */
export async function forgeExternalAdd(groupInfo: Uint8Array, stranger: ForgedKeys): Promise<Uint8Array> {
  const message = decode(groupInfo);
  if (message.wireformat !== "mls_group_info") throw new Error("no group info");
  const { publicPackage, privatePackage } = stranger;
  return mls.encodeMlsMessage(
    await mls.proposeAddExternal(message.groupInfo, publicPackage, privatePackage, await suiteOf()),
  );
}

/** A commit by which somebody joins from outside. @param inPlaceOf whose leaf it takes out. */
export async function forgeExternalCommit(
  groupInfo: Uint8Array,
  stranger: ForgedKeys,
  inPlaceOf?: ClientId,
): Promise<Uint8Array> {
  const message = decode(groupInfo);
  if (message.wireformat !== "mls_group_info") throw new Error("no group info");
  const { publicPackage, privatePackage } = stranger;
  const { publicMessage } = await mls.joinGroupExternal(
    message.groupInfo,
    publicPackage,
    privatePackage,
    inPlaceOf !== undefined,
    unwrapsExternalKeys(await suiteOf()),
    undefined,
    {
      authService: mls.defaultAuthenticationService,
      keyRetentionConfig: mls.defaultKeyRetentionConfig,
      lifetimeConfig: mls.defaultLifetimeConfig,
      paddingConfig: mls.defaultPaddingConfig,
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        compareKeyPackageToLeafNode: (_, leaf) => inPlaceOf !== undefined && isLeafOf(leaf, inPlaceOf),
      },
    },
  );
  return encode({ wireformat: "mls_public_message", publicMessage });
}

/** The external key stands in its extension as a vector, with a length before it, which ts-mls takes for key bytes. */
function unwrapsExternalKeys(suite: mls.CiphersuiteImpl): mls.CiphersuiteImpl {
  const importPublicKey: mls.Hpke["importPublicKey"] = (key) =>
    suite.hpke.importPublicKey(key.byteLength === 33 ? key.subarray(1) : key);
  return { ...suite, hpke: { ...suite.hpke, importPublicKey } };
}

/** A group of the forger's own under any id. */
export const foundForgedGroup = (forger: Forger, groupId: Uint8Array): Promise<mls.ClientState> =>
  mls.createGroup(groupId, forger.keys.publicPackage, forger.keys.privatePackage, [], forger.suite);

export const addProposal = (keyPackage: mls.KeyPackage): mls.Proposal => ({
  proposalType: "add",
  add: { keyPackage },
});

function isLeafOf({ credential }: mls.LeafNode, clientId: ClientId): boolean {
  return (
    credential.credentialType === "basic" && credential.identity.join() === mlsIdentityBytes(clientId).join()
  );
}

/** @param clientId whose leaf in the forger's tree is removed. */
export function removeProposal(forger: Forger, clientId: ClientId): mls.Proposal {
  const node = stateOf(forger).ratchetTree.findIndex(
    (candidate) => candidate?.nodeType === "leaf" && isLeafOf(candidate.leaf, clientId),
  );
  if (node < 0) throw new Error("no such leaf");
  return { proposalType: "remove", remove: { removed: node / 2 } };
}

/** Decodes a key package made elsewhere. */
export function decodeKeyPackage(bytes: Uint8Array): mls.KeyPackage {
  const message = decode(Uint8Array.of(0, 1, 0, 5, ...bytes));
  if (message.wireformat !== "mls_key_package") throw new Error("no key package");
  return message.keyPackage;
}

export function stateOf(forger: Forger): mls.ClientState {
  if (!forger.state) throw new Error("the forger is in no room");
  return forger.state;
}

const encode = (content: mls.MlsMessageContent): Uint8Array =>
  mls.encodeMlsMessage({ version: "mls10", ...content });

function decode(bytes: Uint8Array): mls.MLSMessage {
  const decoded = mls.decodeMlsMessage(bytes, 0);
  if (!decoded) throw new Error("not an MLS message");
  return decoded[0];
}
