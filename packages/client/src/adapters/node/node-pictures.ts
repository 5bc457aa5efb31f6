/**
 * Pictures in Node, where nothing decodes them: takes only what is safe already, a JPEG without metadata that comes with
 * its thumbnail. For simulated officers.
 */
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { hasJpegMetadata, readDimensions, sniffMediaType } from "../../core/sniff.ts";
import type { Pictures } from "../../ports/pictures.ts";

/** A JPEG that was made safe before, together with its thumbnail. */
export class SafeJpeg extends Blob {
  readonly thumbnail: Uint8Array<ArrayBuffer>;

  /** @param thumbnail JPEG of at most `limits.maxThumbnailBytes`. */
  constructor(jpeg: Uint8Array<ArrayBuffer>, thumbnail: Uint8Array<ArrayBuffer>) {
    super([jpeg], { type: "image/jpeg" });
    this.thumbnail = thumbnail;
  }
}

export const nodePictures: Pictures = {
  async makeSafe(file) {
    if (!(file instanceof SafeJpeg)) return refuse("picture-unreadable");
    const bytes = new Uint8Array(await file.arrayBuffer());
    const { thumbnail } = file;
    const size = readDimensions(bytes);
    const isSafe =
      size !== undefined &&
      [bytes, thumbnail].every((jpeg) => sniffMediaType(jpeg) === "image/jpeg" && !hasJpegMetadata(jpeg)) &&
      thumbnail.byteLength <= limits.maxThumbnailBytes;
    return isSafe
      ? ok({ bytes, mediaType: "image/jpeg" as const, ...size, thumbnail })
      : refuse("picture-unreadable");
  },
};
