/** Asking the service worker how the app of this browser stands, and how far it is with fetching it. */
import type { Standing } from "../service-worker/release-keeper.ts";

/** Looks at what the server offers, too; takes as long as fetching it takes. */
export function askStanding(worker: ServiceWorker): Promise<Standing> {
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<Standing>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<Standing>) => {
      resolve(data);
      port1.close();
    };
  });
  worker.postMessage("standing", [port2]);
  return answered;
}

/** @param onProgress how much of a release that is being fetched is there, in percent. */
export function watchProgress(worker: ServiceWorker, onProgress: (percent: number) => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<number>) => onProgress(data);
  worker.postMessage("progress", [port2]);
}
