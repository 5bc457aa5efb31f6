/**
 * Makes pictures safe in the browser: decoded, turned upright, drawn anew and encoded as JPEG, so that nothing of the
 * original file but its pixels is left (TESTS B4, B5). Works in a worker.
 */
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { readDimensions, sniffMediaType } from "../../core/sniff.ts";
import type { Pictures, SafePicture } from "../../ports/pictures.ts";

/** More is refused before anything is decoded: it would take gigabytes. */
const maxPixels = 100_000_000;
const maxFileBytes = limits.maxAttachmentBytes;
const longestSide = 2560;
const quality = 0.85;

/** Tried in turn until the thumbnail fits. */
const thumbnailSteps = [
  { side: 480, quality: 0.7 },
  { side: 400, quality: 0.6 },
  { side: 320, quality: 0.55 },
  { side: 240, quality: 0.5 },
  { side: 160, quality: 0.45 },
] as const;

export const canvasPictures: Pictures = {
  async makeSafe(file): Promise<Result<SafePicture>> {
    if (file.size > maxFileBytes) return refuse("too-large");
    const original = new Uint8Array(await file.arrayBuffer());
    // By its bytes, not by its name: SVG, HTML and HEIF end here.
    const mediaType = sniffMediaType(original);
    const size = readDimensions(original);
    if (!mediaType || !size) return refuse("picture-unreadable");
    if (size.width * size.height > maxPixels) return refuse("picture-too-large");
    const bitmap = await decode(new Blob([original], { type: mediaType }));
    if (!bitmap) return refuse("picture-unreadable");
    try {
      const { canvas, bytes } = await encode(bitmap, longestSide, quality);
      const thumbnail = await makeThumbnail(bitmap);
      if (!thumbnail) return refuse("picture-unreadable");
      const { width, height } = canvas;
      return ok({ bytes, mediaType: "image/jpeg", width, height, thumbnail });
    } finally {
      bitmap.close();
    }
  },
};

/** Upright: the orientation that stands in the metadata is applied, because the metadata go. */
async function decode(blob: Blob): Promise<ImageBitmap | undefined> {
  try {
    return await createImageBitmap(blob, { imageOrientation: "from-image" });
  } catch {
    return undefined;
  }
}

async function makeThumbnail(bitmap: ImageBitmap): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const step of thumbnailSteps) {
    const { bytes } = await encode(bitmap, step.side, step.quality);
    if (bytes.byteLength <= limits.maxThumbnailBytes) return bytes;
  }
  return undefined;
}

async function encode(
  bitmap: ImageBitmap,
  maxSide: number,
  jpegQuality: number,
): Promise<{ canvas: OffscreenCanvas; bytes: Uint8Array<ArrayBuffer> }> {
  const scale = Math.min(1, maxSide / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no 2D canvas");
  // JPEG knows no transparency: what was transparent becomes white, not black.
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: jpegQuality });
  return { canvas, bytes: new Uint8Array(await blob.arrayBuffer()) };
}
