import { lingui } from "@lingui/vite-plugin";
import babel from "@rolldown/plugin-babel";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { notices } from "./build/notices.ts";
import { onlyOurLanguages } from "./build/only-our-languages.ts";
import { serviceWorker } from "./build/service-worker.ts";
import { sourceArchive } from "./build/source-archive.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    // Turns texts into ids; the catalogs are compiled when they are imported.
    babel({ include: /src[\\/].*\.tsx?$/, plugins: ["@lingui/babel-plugin-lingui-macro"] }),
    lingui({ cwd: import.meta.dirname, failOnMissing: true, failOnCompileError: true }),
    react(),
    onlyOurLanguages(),
    notices(import.meta.dirname),
    serviceWorker(import.meta.dirname),
    sourceArchive(import.meta.dirname),
  ],
  worker: {
    format: "es",
    // core-crypto apart: it changes rarely, the rest with every release.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "core-crypto", test: /@wireapp/ }] } } },
  },
  build: {
    // `light-dark()` and nesting are used as they are.
    target: ["chrome123", "safari17.5", "firefox128"],
    // The content security policy allows no inline script and no data: address.
    // Every file is on the device before the app runs, so that fetching scripts ahead of their import gains nothing.
    modulePreload: {
      polyfill: false,
      resolveDependencies: (_, needed) => needed.filter((file) => file.endsWith(".css")),
    },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What main.ts shares with it stays apart: the worker must not wait for what is drawn, and what is drawn
            // must not import main.ts, which awaits it.
            {
              name: "start",
              test: /comlink|zustand[\\/]esm[\\/]vanilla|src[\\/]model[\\/]settings|preload-helper/,
              priority: 2,
            },
            // What the first screen needs in one piece: twenty small ones compress worse.
            { name: "first-screen", test: /src[\\/]app[\\/]show-app\.tsx$/, priority: 1 },
          ],
        },
      },
    },
  },
});
