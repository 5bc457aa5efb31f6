/** A picture: the encrypted file's key and shape, and a thumbnail to show at once. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { Bytes, Closed } from "../schema.ts";
import { fileFields } from "./encrypted-file.ts";

/** Types a device shows; anything else is never rendered. */
export const MediaType = Type.Union([
  Type.Literal("image/jpeg"),
  Type.Literal("image/png"),
  Type.Literal("image/webp"),
]);
export type MediaType = Type.Static<typeof MediaType>;

export const PictureBody = Closed({
  kind: Type.Literal("picture"),
  ...fileFields,
  mediaType: MediaType,
  width: Type.Integer({ minimum: 1, maximum: limits.maxPictureSide }),
  height: Type.Integer({ minimum: 1, maximum: limits.maxPictureSide }),
  thumbnail: Bytes(limits.maxThumbnailBytes, 1),
  caption: Type.String({ maxLength: limits.maxCaptionLength }),
});
export type PictureBody = Type.Static<typeof PictureBody>;
