/**
 * A hostile member at a real server: an officer with a real letter, whose app is a second MLS implementation that does
 * what it is told.
 */
import type { AcceptedFrame, RefusedFrame } from "@nimes/protocol/frames/server-frames";
import type { ClientId, RoomId } from "@nimes/protocol/ids";
import { newSubmissionId } from "@nimes/protocol/ids";
import { mlsThumbprintOf } from "@nimes/protocol/mls/identity";
import { routes } from "@nimes/protocol/routes/routes";
import type { Forger } from "../e2ee/forger.ts";
import {
  addProposal,
  forgeCommit,
  forgeGroupInfo,
  forgeKeyPackage,
  joinByWelcome,
  keyPackageBytes,
  stateOf,
  suiteOf,
} from "../e2ee/forger.ts";
import { activateDevice, clientIdFor, newSigner } from "../organisation.ts";
import { readLetter } from "./printed-letter.ts";
import { must, rawCalls } from "./raw-calls.ts";
import { rawDevice } from "./raw-device.ts";
import { rawGroupInfo } from "./raw-mls.ts";
import { rawSocket } from "./raw-socket.ts";

export type RawMember = {
  /** Enters the room that the next Welcome leads to. */
  enter(): Promise<void>;
  readonly forger: Forger;
  /**
   * Submits a commit that claims to change nobody.
   * @param groupInfo what goes beside it; unless given, one of the right leaves that nobody can enter by.
   * @returns what the server says to it.
   */
  submitCommit(bytes: Uint8Array, groupInfo?: Uint8Array): Promise<AcceptedFrame | RefusedFrame>;
  /** Has the server take a commit that every gate refuses: a second leaf in somebody else's name. */
  breakRoom(): Promise<void>;
  close(): Promise<void>;
};

/** @param url of the server. @param letter with the activation link. */
export async function arriveAsMember(
  url: string,
  letter: string,
  { agreementVersion }: { agreementVersion: number },
): Promise<RawMember> {
  const calls = rawCalls(url);
  const used = await readLetter(calls, letter);
  const signer = await newSigner();
  const suite = await suiteOf();
  const keys = await forgeKeyPackage(clientIdFor(used, signer), { suite });
  const mlsThumbprint = mlsThumbprintOf(keys.publicPackage.leafNode.signaturePublicKey);
  const activated = await activateDevice(used, { device: signer, mlsThumbprint, agreementVersion });
  const forger: Forger = { ...activated, userId: used.userId, suite, keys, state: undefined };
  const device = rawDevice(calls, activated);
  await device.enrol();
  const token = await device.open();
  must(await device.call(routes.postKeyPackages, { body: { keyPackages: [keyPackageBytes(keys)] } }));
  const socket = await rawSocket(url);
  await socket.greet({ signer, token });
  let room: { roomId: RoomId; devices: ClientId[] } | undefined;

  async function submitCommit(bytes: Uint8Array, groupInfo?: Uint8Array) {
    if (!room) throw new Error("in no room");
    const { roomId, devices } = room;
    const { groupId, epoch: bigEpoch } = stateOf(forger).groupContext;
    const epoch = Number(bigEpoch);
    const claimed = groupInfo ?? rawGroupInfo({ groupId, epoch: epoch + 1 }, devices);
    const submissionId = newSubmissionId();
    const submission = { kind: "commit", epoch, bytes, groupInfo: claimed, devices } as const;
    socket.send({ type: "submit", submissionId, roomId, submission });
    return socket.answerTo(submissionId);
  }

  return {
    forger,
    submitCommit,
    async enter() {
      const { items } = await socket.take("inbox");
      const [invitation] = items;
      if (!invitation) throw new Error("an inbox without items");
      await joinByWelcome(forger, invitation.welcome);
      room = invitation;
    },
    async breakRoom() {
      if (!room) throw new Error("in no room");
      const { devices } = room;
      const victim = devices.find((clientId) => clientId !== forger.clientId);
      if (!victim) throw new Error("nobody else is in the room");
      const twin = await forgeKeyPackage(victim);
      const { bytes } = await forgeCommit(forger, [addProposal(twin.publicPackage)]);
      // What the server looks at is another commit's, which changes nobody.
      const harmless = await forgeCommit(forger, []);
      const groupInfo = await forgeGroupInfo(forger, harmless.newState);
      const answer = await submitCommit(bytes, groupInfo);
      if (answer.type === "refused") throw new Error(`refused: ${answer.code}`);
    },
    close: socket.close,
  };
}
