/** Finds the Firefox that the browser tests use, and installs Debian's where that is possible. */
import { findProgram, installPackage } from "./programs.ts";

/** Path of an executable Firefox; `FIREFOX` in the environment goes first. */
export const findFirefox = (): string | undefined =>
  findProgram({
    variable: "FIREFOX",
    names: ["firefox-esr", "firefox"],
    paths: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
  });

/** Finds Firefox, or installs Debian's package as root. @returns undefined where neither works. */
export const ensureFirefox = (): string | undefined =>
  findFirefox() ?? installPackage("firefox-esr", findFirefox);
