/** QR codes in pictures of a camera. */
import decodeQr from "qr/decode.js";

/** Of the pictures that are read; sharper ones take longer and tell no more. */
export const mostPixelsWide = 960;

/** @returns what the QR code in the picture says; undefined where there is none that can be read. */
export function readPicture(picture: Pick<ImageData, "data" | "width" | "height">): string | undefined {
  try {
    return decodeQr(picture);
  } catch {
    // No code, or not sharp enough: the next picture may have one.
    return undefined;
  }
}
