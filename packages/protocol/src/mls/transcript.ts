/**
 * The transcript of a group (RFC 9420, section 8.2): every commit since it was made counts in it, so it tells groups apart that
 * have one id and one epoch.
 */
import { concat } from "../bytes.ts";
import { sha256 } from "../hash.ts";
import type { GroupInfo } from "./group-info.ts";
import type { PublicCommit } from "./public-commit.ts";

/** `confirmed_transcript_hash` behind a commit, in a cipher suite with SHA-256. @param before the group that it is made in. */
export const transcriptBehind = (
  before: Pick<GroupInfo, "confirmedTranscriptHash" | "confirmationTag">,
  { transcribed }: Pick<PublicCommit, "transcribed">,
): Uint8Array => {
  const interim = sha256(concat(before.confirmedTranscriptHash, before.confirmationTag));
  return sha256(concat(interim, transcribed));
};
