/** Pictures by their headers, small as files and as large as one likes when decoded. */
import { crc32, deflateSync } from "node:zlib";
import { concat, utf8 } from "@nimes/protocol/bytes";

const uint32 = (value: number, littleEndian = false): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
};

/** A PNG chunk with its checksum. */
export function pngChunk(type: string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const body = concat(utf8(type), data);
  return concat(uint32(data.byteLength), body, uint32(crc32(body)));
}

const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A whole PNG of one bit a pixel, all black: 15,000 by 15,000 pixels are 27 KiB. @param extra chunks before the data. */
export function pngOf(
  width: number,
  height: number,
  extra: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const header = concat(uint32(width), uint32(height), Uint8Array.of(1, 0, 0, 0, 0));
  const rows = new Uint8Array((Math.ceil(width / 8) + 1) * height);
  return new Uint8Array(
    concat(
      pngSignature,
      pngChunk("IHDR", header),
      ...extra,
      pngChunk("IDAT", deflateSync(rows, { level: 9 })),
      pngChunk("IEND"),
    ),
  );
}

/** A JPEG by its header: start, the segments given, a frame header, start of scan. */
export const jpegHeader = (
  width: number,
  height: number,
  segments: readonly number[] = [],
): Uint8Array<ArrayBuffer> =>
  Uint8Array.of(0xff, 0xd8, ...segments, ...jpegFrame(width, height), 0xff, 0xda, 0, 2, 1, 2, 3);

/** A frame header (SOF2) alone. */
export const jpegFrame = (width: number, height: number): number[] => [
  ...[0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255],
  ...[1, 1, 0x11, 0],
];

/** A chunk of a WebP file, padded to an even length. */
export const webpChunk = (type: string, data: Uint8Array): Uint8Array =>
  concat(utf8(type), uint32(data.byteLength, true), data, new Uint8Array(data.byteLength & 1));

/** A WebP file of these chunks. */
export const webpOf = (...chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const body = concat(utf8("WEBP"), ...chunks);
  return new Uint8Array(concat(utf8("RIFF"), uint32(body.byteLength, true), body));
};

/** The picture itself, without loss. */
export const losslessChunk = (width: number, height: number): Uint8Array =>
  webpChunk("VP8L", concat(Uint8Array.of(0x2f), uint32((width - 1) | ((height - 1) << 14), true)));

/** The canvas of an extended file. @param flags 0x02: an animation. */
export const canvasChunk = (width: number, height: number, flags = 0): Uint8Array =>
  webpChunk(
    "VP8X",
    concat(
      Uint8Array.of(flags, 0, 0, 0),
      uint32(width - 1, true).subarray(0, 3),
      uint32(height - 1, true).subarray(0, 3),
    ),
  );
