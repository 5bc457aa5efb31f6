/** Checks every signature of a directory entry; who the signers are worth is judged apart ({@link judgeUser}). */
import { equalBytes, toHex } from "@nimes/protocol/bytes";
import { deviceIdOf } from "@nimes/protocol/ids";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { DirectoryEntry, DirectoryGeneration } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { DeviceLink } from "@nimes/protocol/signed/device-link";
import { linkHash } from "@nimes/protocol/signed/hashes";
import { openSigned, peekSigned, readSigners } from "@nimes/protocol/signed/signed";
import { UserAttestation } from "@nimes/protocol/signed/user-attestation";
import { UserTransfer } from "@nimes/protocol/signed/user-transfer";
import type { Checked, CheckedGeneration, CheckedUser } from "./checked-user.ts";

export type UserEvidence = Pick<
  DirectoryEntry,
  "userId" | "attestation" | "again" | "transfer" | "links" | "former"
>;

/**
 * @param entry as the server gave it.
 * @returns `bad-signature` also for a signature of another structure (D7), `wrong-signer` where activation or device key is
 *   missing (D5), `broken-chain` for a second genesis or one that does not fit its letter (D11), `malformed` for another
 *   user's. What is wrong in a former generation is left out: it only explains old leaves.
 */
export async function checkUser(entry: UserEvidence): Promise<Result<CheckedUser>> {
  const { userId, former = [], ...shown } = entry;
  const newest = await checkGeneration(entry, shown);
  if (!newest.ok) return newest;
  const generations = [newest.value];
  for (const signed of former) {
    const checked = await checkGeneration(entry, signed);
    if (checked.ok && checked.value.genesis) generations.push(checked.value);
  }
  return ok({ userId, generations: generations.sort((a, b) => a.generation - b.generation) });
}

async function checkGeneration(
  { userId }: Pick<UserEvidence, "userId">,
  signed: DirectoryGeneration,
): Promise<Result<CheckedGeneration>> {
  const first = await readSigners("UserAttestation", UserAttestation, signed.attestation);
  if (!first.ok) return first;
  const { says } = first.value;
  if (says.userId !== userId) return refuse("malformed", "/userId");
  const attestations = [first.value];
  for (const one of signed.again ?? []) {
    const checked = await readSigners("UserAttestation", UserAttestation, one);
    if (checked.ok && isSameLetter(checked.value.says, says)) attestations.push(checked.value);
  }
  const transfers: Checked<UserTransfer>[] = [];
  if (signed.transfer) {
    const checked = await readSigners("UserTransfer", UserTransfer, signed.transfer);
    if (checked.ok && checked.value.says.userId === userId) transfers.push(checked.value);
  }
  if (signed.links.length > 1) return refuse("broken-chain");
  const [link] = signed.links;
  const genesis = link && (await checkGenesis(says, link));
  if (genesis && !genesis.ok) return genesis;
  return ok({
    generation: says.generation,
    activationKey: toHex(says.activationKey),
    attestations,
    transfers,
    ...(genesis && { genesis: genesis.value }),
  });
}

/** Attestations of one letter: whoever has its secret stays the same, so does the generation that it makes. */
const isSameLetter = (one: UserAttestation, other: UserAttestation): boolean =>
  one.orgId === other.orgId &&
  one.userId === other.userId &&
  one.generation === other.generation &&
  equalBytes(one.activationKey, other.activationKey);

async function checkGenesis(
  attestation: UserAttestation,
  signed: Signed,
): Promise<Result<{ link: DeviceLink; hash: Uint8Array }>> {
  const claimed = peekSigned(DeviceLink, signed);
  if (!claimed.ok) return claimed;
  const required = [attestation.activationKey, claimed.value.deviceKey];
  const opened = await openSigned("DeviceLink", DeviceLink, signed, required);
  if (!opened.ok) return opened;
  const link = opened.value;
  const fits =
    link.orgId === attestation.orgId &&
    link.userId === attestation.userId &&
    link.generation === attestation.generation &&
    link.sequence === 0 &&
    link.previous === null &&
    link.deviceId === deviceIdOf(link.deviceKey);
  return fits ? ok({ link, hash: linkHash(signed.payload) }) : refuse("broken-chain");
}
