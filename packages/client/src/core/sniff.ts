/** What a picture is, by its first bytes and never by what somebody says it is (TESTS B3, B4). */
import type { MediaType } from "@nimes/protocol/content";

/** @returns the type, if it is one that is ever shown; undefined for everything else, SVG and HTML among it. */
export function sniffMediaType(bytes: Uint8Array): MediaType | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "image/jpeg";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return "image/png";
  if (startsWith(bytes, ascii("RIFF")) && startsWith(bytes.subarray(8), ascii("WEBP"))) return "image/webp";
  return undefined;
}

export type Dimensions = { width: number; height: number };

/** Width and height as the header says, before anything is decoded; undefined when there is no sound header. */
export function readDimensions(bytes: Uint8Array): Dimensions | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    switch (sniffMediaType(bytes)) {
      case "image/jpeg":
        return jpegDimensions(view);
      case "image/png":
        return sound({ width: view.getUint32(16), height: view.getUint32(20) });
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

const sound = (size: Dimensions): Dimensions | undefined =>
  size.width > 0 && size.height > 0 ? size : undefined;

/** Walks the segments to the frame header (ITU-T T.81, B.2.2). */
function jpegDimensions(view: DataView): Dimensions | undefined {
  for (const { marker, start } of jpegSegments(view))
    if (isFrameHeader(marker))
      return sound({ height: view.getUint16(start + 5), width: view.getUint16(start + 7) });
  return undefined;
}

/** C0 to CF are frame headers, except DHT, JPG and DAC. */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

type Segment = { marker: number; start: number; end: number };

/** Segments before the picture data; `start` is at the 0xFF. */
function* jpegSegments(view: DataView): Generator<Segment> {
  let at = 2;
  while (at + 4 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    yield { marker, start: at, end };
    if (marker === 0xda) return; // the picture data follow
    at = end;
  }
}

/** Whether a JPEG carries EXIF, XMP, IPTC, comments or anything else beside what is needed to show it. */
export function hasJpegMetadata(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // APP0 (JFIF), APP2 (colour profile) and APP14 (Adobe's colour transform) say how the pixels are meant.
  for (const { marker } of jpegSegments(view))
    if (marker === 0xfe || (marker >= 0xe1 && marker <= 0xef && marker !== 0xe2 && marker !== 0xee))
      return true;
  return false;
}

/** The three layouts of a WebP file (RFC 9649, section 2). */
function webpDimensions(view: DataView): Dimensions | undefined {
  const layout = String.fromCharCode(
    view.getUint8(12),
    view.getUint8(13),
    view.getUint8(14),
    view.getUint8(15),
  );
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (layout === "VP8X") return sound({ width: uint24(24) + 1, height: uint24(27) + 1 });
  if (layout === "VP8L") {
    const bits = view.getUint32(21, true);
    return sound({ width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 });
  }
  if (layout === "VP8 ")
    return sound({ width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff });
  return undefined;
}

const startsWith = (bytes: Uint8Array, prefix: readonly number[]): boolean =>
  prefix.every((byte, index) => bytes[index] === byte);
const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
