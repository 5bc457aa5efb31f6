/** Rooms that recover, on a log in memory that behaves as the server does. */
import { makeRefounding } from "@nimes/e2ee/chains/make-refounding";
import { makeWelcomeProof } from "@nimes/e2ee/chains/make-welcome-proof";
import type {
  KnownPeople,
  RefoundOutcome,
  RejoinOutcome,
  RenewOutcome,
  SubmitCommit,
} from "@nimes/e2ee/e2ee";
import { fromHex } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import { entryDigest, type FullEntry } from "@nimes/protocol/entry";
import { type ClientId, groupIdOf, userOf } from "@nimes/protocol/ids";
import type { Signed } from "@nimes/protocol/schema";
import { appendEntry, oneKeyPackage, submitTo, type TestRoom } from "./room-log.ts";
import type { TestOfficer } from "./test-device.ts";

/** The device dies when the server has accepted its commit. */
export const diesAccepted =
  (log: TestRoom, by: TestOfficer): SubmitCommit =>
  async (bundle) => {
    await submitTo(log, by)(bundle);
    return "unknown";
  };

/** Somebody who knows everybody in the room. */
export const knownIn = ({ devices }: Pick<TestRoom, "devices">): KnownPeople => ({
  devices,
  wished: [],
  former: [],
});

/** Comes back by the GroupInfo that the server keeps. */
export const heal = (
  log: TestRoom,
  officer: TestOfficer,
  submit: SubmitCommit = submitTo(log, officer),
): Promise<RejoinOutcome> =>
  officer.e2ee.rejoin(
    log.room,
    { groupInfo: log.groupInfo ?? new Uint8Array(), seenEpoch: log.epoch, known: knownIn(log) },
    submit,
  );

export const renew = (log: TestRoom, officer: TestOfficer): Promise<RenewOutcome> =>
  officer.e2ee.renew(log.room, submitTo(log, officer));

export type Refounded = { outcome: RefoundOutcome; signed: Signed | undefined };

/**
 * Founds the room anew with these officers; in the log the room is in its new group afterwards.
 * @param options.answers the entry that nobody gets past.
 */
export async function refoundRoom(
  log: TestRoom,
  by: TestOfficer,
  others: readonly TestOfficer[],
  options: { answers: FullEntry; without?: ClientId; dies?: true },
): Promise<Refounded> {
  const groupId = groupIdOf(crypto.getRandomValues(new Uint8Array(32)));
  const without = options.without ?? null;
  const { sequence } = options.answers;
  const answers = { sequence, digest: entryDigest(options.answers) };
  const add = await Promise.all(
    others.map(async ({ clientId, e2ee }) => ({ clientId, keyPackage: await oneKeyPackage(e2ee) })),
  );
  const author = { author: by.clientId, device: by.device };
  const meant = { room: log.room, groupId, answers, without, ...author, time: log.now };
  const signed = await makeRefounding(meant);
  const wished = others.map(({ clientId }) => userOf(clientId));
  const outcome = await by.e2ee.refound(log.room, { groupId, wished, add, without }, async (bundle) => {
    const { devices, epoch, welcome, groupInfo } = bundle;
    const { roomId, roles } = log.room;
    appendEntry(log, { kind: "refound", sender: by.clientId, epoch, bytes: encodeCbor(signed), devices });
    log.room = { ...log.room, groupId };
    Object.assign(log, { epoch, devices, groupInfo });
    if (welcome) {
      const about = { roomId, groupId: fromHex(groupId), welcome, commit: signed.payload, roles, ...author };
      const proof = await makeWelcomeProof(about);
      for (const clientId of devices.slice(1))
        log.invitations.set(clientId, { roomId, groupId, welcome, roles: [...log.chain], proof });
    }
    return options.dies ? "unknown" : "accepted";
  });
  return { outcome, signed };
}
