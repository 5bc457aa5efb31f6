/** Finds the Chromium that the browser tests use, and installs Debian's where that is possible. */
import { findProgram, installPackage } from "./programs.ts";

/** Path of an executable Chromium or Chrome; `CHROMIUM` in the environment goes first. */
export const findChromium = (): string | undefined =>
  findProgram({
    variable: "CHROMIUM",
    names: ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    paths: [
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
  });

/**
 * Finds Chromium, or installs Debian's package as root.
 * @throws Error with one sentence that says what to install.
 */
export function ensureChromium(): string {
  const found = findChromium() ?? installPackage("chromium", findChromium);
  if (found) return found;
  throw new Error(
    "The browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium) or set CHROMIUM to its path.",
  );
}
