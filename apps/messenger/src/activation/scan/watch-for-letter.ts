import { parseActivationLetter } from "@nimes/protocol/activation-link";
import { mostPixelsWide, readPicture } from "./read-picture.ts";

/** Often enough for a hand that is not quite still, and most of the time nothing is computed. */
const pauseMs = 120;

/**
 * Looks at what a camera shows until it sees a letter. Nothing of it is kept.
 * @param onLetter the letter's text, once. @param onOther for every picture with a QR code of something else.
 * @returns a function that ends it.
 */
export function watchForLetter(
  video: HTMLVideoElement,
  { onLetter, onOther }: { onLetter: (text: string) => void; onOther: () => void },
): () => void {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    const text = pen ? lookOnce(video, canvas, pen) : undefined;
    if (text !== undefined && parseActivationLetter(text).ok) {
      onLetter(text);
      return;
    }
    if (text !== undefined) onOther();
    timer = setTimeout(look, pauseMs);
  };
  timer = setTimeout(look, pauseMs);
  return () => {
    clearTimeout(timer);
    canvas.width = 0;
  };
}

function lookOnce(
  video: HTMLVideoElement,
  canvas: HTMLCanvasElement,
  pen: CanvasRenderingContext2D,
): string | undefined {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0) return undefined;
  const scale = Math.min(1, mostPixelsWide / Math.max(videoWidth, videoHeight));
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  return readPicture(pen.getImageData(0, 0, canvas.width, canvas.height));
}
