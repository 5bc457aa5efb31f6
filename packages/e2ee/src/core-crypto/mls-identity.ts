/** Our client ids as core-crypto takes them; their bytes stand in protocol/mls/identity. */
import type { ClientId } from "@nimes/protocol/ids";
import { identityParts } from "@nimes/protocol/mls/identity";
import { ClientId as MlsClientId, DeviceId as MlsDeviceId, Uuid } from "@wireapp/core-crypto/browser";

/** @param clientId one that was parsed before. */
export function toMlsIdentity(clientId: ClientId): MlsClientId {
  const { userId, firstHalf, domain } = identityParts(clientId);
  return new MlsClientId(new Uuid(userId), MlsDeviceId.fromHexString(firstHalf), domain);
}
