import type { Plugin } from "vite";

const foreign = /[\\/]intl[\\/].*[\\/](?!de-DE|en-US)[a-z]{2}-[A-Z]{2}\.m?js$/;

/** React Aria brings its few texts in thirty languages; the messenger speaks two. */
export function onlyOurLanguages(): Plugin {
  return {
    name: "only-our-languages",
    enforce: "pre",
    load: (id) => (foreign.test(id) ? "export default {};" : null),
  };
}
