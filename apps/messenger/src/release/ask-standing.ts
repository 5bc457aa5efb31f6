/** Asking the service worker how the app of this browser stands. */
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
