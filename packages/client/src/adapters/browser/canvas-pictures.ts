/**
 * Makes pictures safe in the browser: decoded, turned upright, drawn anew and encoded as JPEG, so that nothing of the
 * original file but its pixels is left (TESTS B4, B5). Works in a worker.
 */
import { limits } from "@nimes/protocol/limits";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { readDimensions, sniffMediaType, withEnd } from "../../core/sniff.ts";
import type { Pictures, SafePicture } from "../../ports/pictures.ts";

/** More is refused before anything is decoded: it would take gigabytes. */
const maxPixels = 100_000_000;
const maxFileBytes = limits.maxAttachmentBytes;
/** By its area, and not by its longer side: the words of a long screenshot stay legible. */
const pictureSize = { pixels: 2_560 * 1_920, side: 16_000, quality: 0.85 };

/** Tried in turn until the thumbnail fits. */
const thumbnailSizes = [
  { pixels: 480 * 360, side: 480, quality: 0.7 },
  { pixels: 400 * 300, side: 400, quality: 0.6 },
  { pixels: 320 * 240, side: 320, quality: 0.55 },
  { pixels: 240 * 180, side: 240, quality: 0.5 },
  { pixels: 160 * 120, side: 160, quality: 0.45 },
] as const;
type Size = { pixels: number; side: number; quality: number };
type Part = { x: number; y: number; width: number; height: number };

export const canvasPictures: Pictures = {
  async makeSafe(file): Promise<Result<SafePicture>> {
    if (file.size > maxFileBytes) return refuse("too-large");
    const original = new Uint8Array(await file.arrayBuffer());
    // By its bytes, not by its name: SVG, HTML and HEIF end here.
    const mediaType = sniffMediaType(original);
    const size = readDimensions(original);
    if (!mediaType || !size) return refuse("picture-unreadable");
    if (size.width * size.height > maxPixels) return refuse("picture-too-large");
    const bitmap = await decode(new Blob([withEnd(original, mediaType)], { type: mediaType }));
    if (!bitmap) return refuse("picture-unreadable");
    try {
      const ground = mediaType === "image/jpeg" ? "white" : groundFor(bitmap);
      const { canvas, bytes } = await encode(bitmap, { ground, part: wholeOf(bitmap), size: pictureSize });
      const thumbnail = await makeThumbnail(bitmap, ground);
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

async function makeThumbnail(
  bitmap: ImageBitmap,
  ground: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const size of thumbnailSizes) {
    const { bytes } = await encode(bitmap, { ground, part: middleOf(bitmap), size });
    if (bytes.byteLength <= limits.maxThumbnailBytes) return bytes;
  }
  return undefined;
}

const wholeOf = ({ width, height }: ImageBitmap): Part => ({ x: 0, y: 0, width, height });

/** What a list of messages shows of a picture: its middle, where it is a long strip. */
function middleOf({ width, height }: ImageBitmap): Part {
  const part = { width: Math.min(width, height * 2.4), height: Math.min(height, width / 0.55) };
  return { ...part, x: (width - part.width) / 2, y: (height - part.height) / 2 };
}

/**
 * What transparent parts lie on, because JPEG knows none: white, as on paper; dark under strokes that are white themselves.
 */
function groundFor(bitmap: ImageBitmap): string {
  const side = 64;
  const context = new OffscreenCanvas(side, side).getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.drawImage(bitmap, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let [light, seen] = [0, 0];
  for (let at = 0; at < data.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
    light += ((red + green + blue) / 3) * alpha;
    seen += alpha;
  }
  const isOpaque = seen >= side * side * 250;
  return !isOpaque && seen > 0 && light / seen > 200 ? "#202830" : "white";
}

async function encode(
  bitmap: ImageBitmap,
  { ground, part, size }: { ground: string; part: Part; size: Size },
): Promise<{ canvas: OffscreenCanvas; bytes: Uint8Array<ArrayBuffer> }> {
  const scale = Math.min(
    1,
    Math.sqrt(size.pixels / (part.width * part.height)),
    size.side / Math.max(part.width, part.height),
  );
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(part.width * scale)),
    Math.max(1, Math.round(part.height * scale)),
  );
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("no 2D canvas");
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  const { x, y, width, height } = part;
  context.drawImage(bitmap, x, y, width, height, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: size.quality });
  return { canvas, bytes: new Uint8Array(await blob.arrayBuffer()) };
}
