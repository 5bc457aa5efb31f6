/** What a picture is, by its first bytes and never by what somebody says it is (TESTS B3, B4). */
import { concat } from "@nimes/protocol/bytes";
import type { MediaType } from "@nimes/protocol/content/picture";

/** @returns the type, if it is one that is ever shown; undefined for everything else, SVG and HTML among it. */
export function sniffMediaType(bytes: Uint8Array): MediaType | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (startsWith(bytes, ascii("RIFF")) && startsWith(bytes.subarray(8), ascii("WEBP"))) return "image/webp";
  return undefined;
}

export type Dimensions = { width: number; height: number };

/**
 * Width and height as the header says, before anything is decoded; undefined when there is no sound header. Strict: where
 * a decoder might read a header otherwise than this, there is none.
 */
export function readDimensions(bytes: Uint8Array): Dimensions | undefined {
  const view = viewOf(bytes);
  try {
    switch (sniffMediaType(bytes)) {
      case "image/jpeg":
        return jpegDimensions(view);
      case "image/png":
        return pngDimensions(view);
      case "image/webp":
        return webpDimensions(view);
      case undefined:
        return undefined;
    }
  } catch {
    // Reading behind the end: the header is cut off.
    return undefined;
  }
}

/** End of a JPEG (ITU-T T.81, table B.1) and of a PNG (PNG specification, 11.2.5). */
const ends: Partial<Record<MediaType, readonly number[]>> = {
  "image/jpeg": [0xff, 0xd9],
  "image/png": [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82],
};

/** A picture whose last bytes were cut off, with an end: every browser shows such a file, and refuses to decode it whole. */
export function withEnd(bytes: Uint8Array<ArrayBuffer>, mediaType: MediaType): Uint8Array<ArrayBuffer> {
  const end = ends[mediaType];
  return !end || startsWith(bytes.subarray(-end.length), end) ? bytes : concat(bytes, Uint8Array.from(end));
}

/** Whether a picture says that it moves (APNG, animated WebP). */
export function isAnimated(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  switch (sniffMediaType(bytes)) {
    case "image/png":
      return some(pngChunks(view), ({ type }) => type === "acTL" || type === "fcTL");
    case "image/webp":
      return some(
        webpChunks(view),
        ({ type, start }) =>
          type === "ANIM" || type === "ANMF" || (type === "VP8X" && movesByFlag(view, start)),
      );
    case "image/jpeg":
    case undefined:
      return false;
  }
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const sound = (size: Dimensions): Dimensions | undefined =>
  size.width > 0 && size.height > 0 ? size : undefined;

/** Walks the segments to the frame header (ITU-T T.81, B.2.2), and further: a second one would say something else. */
function jpegDimensions(view: DataView): Dimensions | undefined {
  let found: Dimensions | undefined;
  for (const { marker, start } of jpegSegments(view)) {
    if (!isFrameHeader(marker)) continue;
    if (found) return undefined;
    found = { height: view.getUint16(start + 5), width: view.getUint16(start + 7) };
  }
  return found && sound(found);
}

/** C0 to CF are frame headers, except DHT, JPG and DAC. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

type Segment = { marker: number; start: number; end: number };

/**
 * Segments before the picture data; `start` is at the 0xFF. Zeros between them are skipped, as every decoder does. Ends at
 * anything else that has no length or no marker: a decoder skips that in its own way, and would find another header behind it.
 */
function* jpegSegments(view: DataView): Generator<Segment> {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) === 0) {
      at += 1;
      continue;
    }
    if (view.getUint8(at) !== 0xff) return;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9) || length < 2) return;
    const end = at + 2 + length;
    yield { marker, start: at, end };
    if (marker === 0xda) return; // the picture data follow
    at = end;
  }
}

/** Whether a JPEG carries EXIF, XMP, IPTC, comments or anything else beside what is needed to show it. */
export function hasJpegMetadata(bytes: Uint8Array): boolean {
  // APP0 (JFIF), APP2 (colour profile) and APP14 (Adobe's colour transform) say how the pixels are meant.
  return some(
    jpegSegments(viewOf(bytes)),
    ({ marker }) =>
      marker === 0xfe || (marker >= 0xe1 && marker <= 0xef && marker !== 0xe2 && marker !== 0xee),
  );
}

type Chunk = { type: string; start: number };

/** The header comes first and has one length (PNG specification, 11.2.1). */
function pngDimensions(view: DataView): Dimensions | undefined {
  const isHeader = view.getUint32(8) === 13 && fourLetters(view, 12) === "IHDR";
  return isHeader ? sound({ width: view.getUint32(16), height: view.getUint32(20) }) : undefined;
}

function* pngChunks(view: DataView): Generator<Chunk> {
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at))
    yield { type: fourLetters(view, at + 4), start: at + 8 };
}

/** Chunks of a WebP file (RFC 9649, section 2.3); `start` is at their content. */
function* webpChunks(view: DataView): Generator<Chunk> {
  let at = 12;
  while (at + 8 <= view.byteLength) {
    yield { type: fourLetters(view, at), start: at + 8 };
    const length = view.getUint32(at + 4, true);
    at += 8 + length + (length & 1);
  }
}

/** The three layouts of a WebP file (RFC 9649, section 2): a canvas must be as large as the picture on it. */
function webpDimensions(view: DataView): Dimensions | undefined {
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  let canvas: Dimensions | undefined;
  for (const { type, start } of webpChunks(view)) {
    if (type === "VP8X") {
      if (canvas) return undefined;
      canvas = { width: uint24(start + 4) + 1, height: uint24(start + 7) + 1 };
      // Frames of an animation lie on the canvas (section 2.7.1.1).
      if (movesByFlag(view, start)) return canvas;
    }
    const picture =
      type === "VP8L" ? losslessSize(view, start) : type === "VP8 " ? lossySize(view, start) : undefined;
    if (!picture) continue;
    const isWhole = !canvas || (canvas.width === picture.width && canvas.height === picture.height);
    return isWhole ? sound(picture) : undefined;
  }
  return undefined;
}

const movesByFlag = (view: DataView, start: number): boolean =>
  start < view.byteLength && (view.getUint8(start) & 0x02) !== 0;

function losslessSize(view: DataView, start: number): Dimensions {
  const bits = view.getUint32(start + 1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
}

const lossySize = (view: DataView, start: number): Dimensions => ({
  width: view.getUint16(start + 6, true) & 0x3fff,
  height: view.getUint16(start + 8, true) & 0x3fff,
});

function some<T>(items: Iterable<T>, isMeant: (item: T) => boolean): boolean {
  for (const item of items) if (isMeant(item)) return true;
  return false;
}

const fourLetters = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
const startsWith = (bytes: Uint8Array, prefix: readonly number[]): boolean =>
  prefix.every((byte, index) => bytes[index] === byte);
const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
