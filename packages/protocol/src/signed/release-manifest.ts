/** A release of the web app: hashes of all its files. Signed by the release key, checked by the service worker. */
import * as Type from "typebox";
import { Bytes32, Closed, Time } from "../schema.ts";

export const ReleaseManifest = Closed({
  version: Type.String({ pattern: "^[0-9A-Za-z.+-]{1,40}$" }),
  time: Time,
  files: Type.Array(
    Closed({
      path: Type.String({ pattern: "^/[A-Za-z0-9._/-]{0,200}$" }),
      sha256: Bytes32,
      size: Type.Integer({ minimum: 0 }),
    }),
    {
      minItems: 1,
      maxItems: 1000,
    },
  ),
});
export type ReleaseManifest = Type.Static<typeof ReleaseManifest>;
