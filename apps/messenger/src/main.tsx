/** Starts the page: takes the link out of the address bar, starts the worker with the keys, draws the first screen. */
import { i18n } from "@lingui/core";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { takeLink } from "./activation/link.ts";
import { App } from "./app/app.tsx";
import { createMessenger } from "./model/messenger.ts";
import { createSettings } from "./model/settings.ts";
import { browserHistory, createNavigation } from "./navigation/navigation.ts";
import { activateLanguage } from "./texts/activate-language.ts";
import "./ui/tokens.css";
import "./ui/base.css";
import { startWorker } from "./worker/start-worker.ts";

const link = takeLink(window);
const crash = new AbortController();
const messenger = createMessenger(startWorker(() => crash.abort()));
crash.signal.addEventListener("abort", () => messenger.crashed());
const settings = createSettings(window);
const navigation = createNavigation(browserHistory(window));

// Without it a browser may throw everything away when space gets scarce; it may refuse, and the app works all the same.
messenger.store.subscribe(({ client }, before) => {
  if (client.state === "ready" && before.client.state !== "ready") void window.navigator.storage.persist();
});

// A file that is dropped beside a room must not open in place of the app.
for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());

const element = document.getElementById("app");
if (!element) throw new Error("the page has no place for the app");
await activateLanguage(i18n, settings.getState().language);
createRoot(element).render(
  <StrictMode>
    <App app={{ messenger, navigation, settings }} link={link} />
  </StrictMode>,
);
