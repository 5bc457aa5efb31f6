/**
 * The first script of the page. A page that the service worker served is verified, and goes on at once. Any other came
 * straight from the server, at the first visit or past the service worker: it has the whole release verified, and
 * opens itself again from what was verified. Nothing of the app runs before that.
 */
import { createSettings } from "../model/settings.ts";
import { askStanding, watchProgress } from "./ask-standing.ts";
import { registerServiceWorker } from "./register-service-worker.ts";
import { type StartState, startWords } from "./start-words.ts";

/** Survives the reload, not the tab: a browser that goes past its service worker again and again cannot verify. */
const reloadedKey = "nimes-verified-reload";

const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
// Not awaited: the app may share a file with this one, and would wait for itself.
start().catch((error: unknown) =>
  // What the browser forbids is a SecurityError; what cannot be fetched is a TypeError.
  say(error instanceof DOMException ? "unsupported" : "unreachable"),
);

async function start(): Promise<void> {
  if (serviceWorker?.controller) await startVerified(serviceWorker.controller);
  else await verify(serviceWorker);
}

async function startVerified(worker: ServiceWorker): Promise<void> {
  sessionStorage.removeItem(reloadedKey);
  if (await isForeignLink(location.hash, worker)) {
    // As everywhere: the letter's secret stays neither in view nor in the history.
    history.replaceState(null, "", location.pathname);
    return say("foreign");
  }
  await import("../main.ts");
}

async function verify(container: ServiceWorkerContainer | undefined): Promise<void> {
  if (!container || sessionStorage.getItem(reloadedKey)) {
    sessionStorage.removeItem(reloadedKey);
    return say("unsupported");
  }
  say("checking");
  const worker = await registerServiceWorker(container);
  watchProgress(worker, showProgress);
  await askStanding(worker);
  // Verified or not: the service worker answers with the app, or says what is wrong.
  sessionStorage.setItem(reloadedKey, "1");
  location.reload();
}

async function isForeignLink(fragment: string, worker: ServiceWorker): Promise<boolean> {
  if (fragment === "") return false;
  // Not part of what every start waits for.
  const { isOfThisApp } = await import("./is-of-this-app.ts");
  return !(await isOfThisApp(fragment, worker));
}

function say(state: StartState): void {
  const { title, words } = startWords(createSettings(window).getState().language, state);
  put("h1", title);
  put("p", words);
  find("progress").hidden = true;
}

/** @param percent of the bytes of a release, from 0 to 100. */
function showProgress(percent: number): void {
  const bar = find("progress");
  bar.hidden = false;
  bar.value = percent;
  bar.setAttribute("aria-label", startWords(createSettings(window).getState().language, "checking").words);
}

function put(name: "h1" | "p", words: string): void {
  find(name).textContent = words;
}

function find<Name extends "h1" | "p" | "progress">(name: Name): HTMLElementTagNameMap[Name] {
  const element = document.querySelector<HTMLElementTagNameMap[Name]>(`#start ${name}`);
  if (!element) throw new Error(`the page has no ${name}`);
  return element;
}
