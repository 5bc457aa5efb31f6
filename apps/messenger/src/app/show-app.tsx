import { i18n } from "@lingui/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { StoreApi } from "zustand/vanilla";
import { blankInBackground } from "../capsule/background.ts";
import { keepInside } from "../capsule/keep-inside.ts";
import { askForLastingStorage } from "../model/lasting-storage.ts";
import { createMessenger } from "../model/messenger.ts";
import type { Settings } from "../model/settings.ts";
import { browserHistory, createNavigation } from "../navigation/navigation.ts";
import { activateFirstTexts } from "../texts/activate-language.ts";
import type { KeyWorker } from "../worker/start-worker.ts";
import { App } from "./app.tsx";

/**
 * Draws the app into the page.
 * @param start.link the activation link that the page was opened with.
 * @param start.crash aborted when the worker has died.
 */
export async function showApp(start: {
  worker: KeyWorker;
  link: string | undefined;
  settings: StoreApi<Settings>;
  crash: AbortSignal;
}): Promise<void> {
  const messenger = createMessenger(start.worker);
  if (start.crash.aborted) messenger.crashed();
  start.crash.addEventListener("abort", () => messenger.crashed());
  const { settings } = start;
  const navigation = createNavigation(browserHistory(window));

  // Without it a browser may throw everything away when space gets scarce; it may refuse, and the app works all the same.
  messenger.store.subscribe(({ client }, before) => {
    if (client.state === "ready" && before.client.state !== "ready") void askForLastingStorage();
  });
  // A file that is dropped beside a room must not open in place of the app.
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());

  blankInBackground(window);
  const inside = keepInside(window);
  messenger.store.subscribe(({ client }) => client.state !== "ready" && inside.forget());

  const element = document.getElementById("app");
  if (!element) throw new Error("the page has no place for the app");
  await activateFirstTexts(i18n, settings.getState().language);
  // A row that could not be drawn says so itself; what was thrown may hold what somebody wrote, and stays out of the log.
  const onCaughtError = () => undefined;
  createRoot(element, { onCaughtError }).render(
    <StrictMode>
      <App app={{ messenger, navigation, settings }} link={start.link} />
    </StrictMode>,
  );
}
