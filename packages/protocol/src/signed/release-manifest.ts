/**
 * A release of the web app: hashes of all its files. Signed by a release key that the organisation's manifest names,
 * checked by the service worker.
 */
import * as Type from "typebox";
import { releaseLimits } from "../release-files.ts";
import { Bytes32, Closed, SignedTime } from "../schema.ts";

export const ReleaseManifest = Closed({
  /** A name for people. */
  version: Type.String({ pattern: "^[0-9A-Za-z.+-]{1,40}$" }),
  /**
   * When it was signed; a device never goes back to an earlier one of a key that still counts. Whoever wants an older build
   * signs it again.
   */
  time: SignedTime,
  files: Type.Array(
    Closed({
      path: Type.String({ pattern: "^/[A-Za-z0-9._/-]{0,200}$" }),
      sha256: Bytes32,
      size: Type.Integer({ minimum: 0, maximum: releaseLimits.maxFileBytes }),
    }),
    {
      minItems: 1,
      maxItems: releaseLimits.maxFiles,
    },
  ),
});
export type ReleaseManifest = Type.Static<typeof ReleaseManifest>;
