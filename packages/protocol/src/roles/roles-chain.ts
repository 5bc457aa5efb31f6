/** The versions of a room's roles travel together, beside every Welcome: how many bytes they may be. */
import { limits } from "../limits.ts";

/**
 * Whether a chain of so many bytes may get so long. Moderators leave owners half of the space.
 * @param bytes of all versions as encoded, the new one among them.
 */
export const fitsChain = (bytes: number, byOwner: boolean): boolean =>
  bytes <= (byOwner ? limits.maxRolesChainBytes : limits.maxRolesChainBytes / 2);
