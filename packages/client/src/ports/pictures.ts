/** Makes pictures safe to send: upright, without metadata, bounded. */
import type { MediaType } from "@nimes/protocol/content/picture";
import type { Result } from "@nimes/protocol/result";

export type SafePicture = {
  bytes: Uint8Array<ArrayBuffer>;
  mediaType: MediaType;
  width: number;
  height: number;
  /** JPEG of at most `limits.maxThumbnailBytes`. */
  thumbnail: Uint8Array<ArrayBuffer>;
};

export type Pictures = {
  /** @returns `picture-unreadable` or `picture-too-large` when it cannot be made safe. */
  makeSafe(file: Blob): Promise<Result<SafePicture>>;
};
