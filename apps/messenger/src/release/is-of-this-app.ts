import { parseActivationLetter } from "@nimes/protocol/activation-link";
import { askStanding } from "./ask-standing.ts";

/**
 * Whether a letter is of the organisation that has signed this app. The letter came on paper: what it says about the
 * organisation weighs more than what the server says.
 * @param worker the service worker that keeps the release; an installed app has none, and brings its code itself.
 * @returns true also for what is no letter: that is for others to say.
 */
export async function isOfThisApp(
  text: string,
  worker: ServiceWorker | null = navigator.serviceWorker.controller,
): Promise<boolean> {
  const letter = parseActivationLetter(text);
  if (!letter.ok || !worker) return true;
  return (await askStanding(worker)).rootHash?.startsWith(letter.value.orgId) ?? false;
}
