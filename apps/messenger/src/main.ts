/**
 * Starts the page: takes the link out of the address bar, starts the worker with the keys, and only then loads what is
 * drawn, so that both cores of a phone are busy from the first moment.
 */
import { takeLink } from "./activation/link.ts";
import { createSettings } from "./model/settings.ts";
import "./capsule/inside.css";
import { startWorker } from "./worker/start-worker.ts";

const link = takeLink(window);
const crash = new AbortController();
const worker = startWorker(() => crash.abort());
// The page has its colours before anything is drawn: no white flash at night.
const settings = createSettings(window);
// Not awaited: what is drawn may share a file with this, and would wait for itself.
void import("./app/show-app.tsx").then(({ showApp }) =>
  showApp({ worker, link, settings, crash: crash.signal }),
);
