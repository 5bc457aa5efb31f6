import { defineConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";

export default defineConfig({
  sourceLocale: "de",
  locales: ["de", "en"],
  catalogs: [{ path: "<rootDir>/src/locales/{locale}", include: ["<rootDir>/src"] }],
  // Line numbers would change the catalogs with every edit.
  format: formatter({ lineNumbers: false }),
});
