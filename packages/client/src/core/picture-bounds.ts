/**
 * Which pictures of others reach a page, judged by their bytes before anything decodes them: 32 KiB can be a picture that
 * takes a gigabyte (TESTS B3, B4). The bounds are those of what this app sends, with a margin.
 */
import type { MediaType } from "@nimes/protocol/content/picture";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { isAnimated, readDimensions, sniffMediaType } from "./sniff.ts";

export type PictureBounds = { maxSide: number; maxPixels: number };

/** This app sends 480 pixels on the longest side; decoded, at most 4 MB. */
export const thumbnailBounds: PictureBounds = { maxSide: 1_280, maxPixels: 1_000_000 };
/** This app sends five million pixels, at most 16,000 on a side; decoded, at most 100 MB. */
export const pictureBounds: PictureBounds = { maxSide: 20_000, maxPixels: 25_000_000 };

/**
 * @returns what it is; `picture-unreadable` when it is none, has no sound header or moves (an animation may take any
 * time and memory, and no app sends one); `picture-too-large` beyond the bounds.
 */
export function readPicture(bytes: Uint8Array, bounds: PictureBounds): Result<MediaType> {
  const mediaType = sniffMediaType(bytes);
  const size = readDimensions(bytes);
  if (!mediaType || !size || isAnimated(bytes)) return refuse("picture-unreadable");
  const { width, height } = size;
  const fits = Math.max(width, height) <= bounds.maxSide && width * height <= bounds.maxPixels;
  return fits ? ok(mediaType) : refuse("picture-too-large");
}
