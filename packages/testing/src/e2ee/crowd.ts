/** Many members for rooms of a given size: real chains and key packages, but nobody at home. */
import { userOf } from "@nimes/protocol/ids";
import { addForger, type Forger, forgeKeyPackage, keyPackageBytes } from "./forger.ts";
import { makeRoom, oneKeyPackage, submitTo, type TestRoom } from "./room-log.ts";
import type { TestCircle, TestOfficer } from "./test-device.ts";

/** Officers in the directory whose devices only ever lie in a room. */
export async function makeCrowd(circle: TestCircle, count: number): Promise<Forger[]> {
  const crowd: Forger[] = [];
  for (let made = 0; made < count; made++) crowd.push(await addForger(circle));
  return crowd;
}

/** A fresh key package of each, as claimed from the server. */
export async function claimCrowd(crowd: readonly Forger[]) {
  return Promise.all(
    crowd.map(async ({ clientId, suite, keys }) => {
      const { signaturePrivateKey } = keys.privatePackage;
      const { signaturePublicKey } = keys.publicPackage.leafNode;
      const signatureKeyPair = { signKey: signaturePrivateKey, publicKey: signaturePublicKey };
      const fresh = await forgeKeyPackage(clientId, { suite, signatureKeyPair });
      return { clientId, keyPackage: keyPackageBytes(fresh) };
    }),
  );
}

/**
 * A room of the owner, one other device, and a crowd.
 * @returns the room, with the invitation of `other` waiting, and how long the commit took that added everybody.
 */
export async function makeCrowdedRoom(
  circle: TestCircle,
  people: { owner: TestOfficer; other: TestOfficer; crowd: readonly Forger[] },
): Promise<{ log: TestRoom; addedInMs: number }> {
  const { owner, other, crowd } = people;
  const log = await makeRoom(circle, owner, []);
  const add = [
    { clientId: other.clientId, keyPackage: await oneKeyPackage(other.e2ee) },
    ...(await claimCrowd(crowd)),
  ];
  const began = performance.now();
  const wished = add.map(({ clientId }) => userOf(clientId));
  const changed = await owner.e2ee.changeMembers(log.room, { wished, add, remove: [] }, submitTo(log, owner));
  const addedInMs = performance.now() - began;
  if (changed.outcome !== "accepted" || changed.unusable.length > 0)
    throw new Error("not everybody was added");
  return { log, addedInMs };
}
