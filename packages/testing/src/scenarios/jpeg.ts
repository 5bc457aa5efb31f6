/** A JPEG by its header, with noise for a picture of 800 by 600: nobody decodes it where this is used. */
export function jpegOf(bytes: number): Uint8Array<ArrayBuffer> {
  const header = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0x02, 0x58, 0x03, 0x20, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2];
  const jpeg = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(jpeg.subarray(at, at + 65_536));
  jpeg.set(header);
  return jpeg;
}
