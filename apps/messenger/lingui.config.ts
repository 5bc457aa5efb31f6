import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

/** Screens that are loaded when they are opened; their texts come in a file of their own. */
export const laterFolders = [
  "activation",
  "agreement",
  "composer",
  "directory",
  "room",
  "room-info",
  "settings",
  "stopped",
  "viewer",
].map((folder) => `src/${folder}`);

const later = laterFolders.map((folder) => `<rootDir>/${folder}`);

export default defineConfig({
  sourceLocale: "de",
  locales: ["de", "en"],
  catalogs: [
    {
      path: "<rootDir>/src/locales/{locale}",
      include: ["<rootDir>/src"],
      exclude: later.map((folder) => `${folder}/**`),
    },
    { path: "<rootDir>/src/locales/later/{locale}", include: later },
  ],
  // Line numbers would change the catalogs with every edit.
  format: formatter({ lineNumbers: false }),
});
