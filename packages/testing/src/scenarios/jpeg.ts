import { jpegHeader } from "../client/pictures.ts";

/** A JPEG by its header, with noise for a picture: nobody decodes it where this is used. */
export function jpegOf(
  bytes: number,
  { width, height } = { width: 800, height: 600 },
): Uint8Array<ArrayBuffer> {
  const jpeg = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(jpeg.subarray(at, at + 65_536));
  jpeg.set(jpegHeader(width, height));
  return jpeg;
}
