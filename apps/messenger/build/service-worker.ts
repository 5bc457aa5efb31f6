/**
 * Builds the service worker as one classic script of its own, beside the app, under its fixed name and not minified:
 * whoever wants to know what guards the app can read the delivered file.
 */
import { join } from "node:path";
import { releaseFiles } from "@nimes/protocol/release-files";
import { build, type Plugin } from "vite";

export function serviceWorker(root: string): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    async generateBundle() {
      const built = await build({
        root,
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        build: {
          write: false,
          minify: false,
          target: ["chrome123", "safari17.5", "firefox128"],
          rolldownOptions: {
            input: join(root, "src/service-worker/service-worker.ts"),
            output: { format: "iife", codeSplitting: false },
          },
        },
      });
      const [first, ...more] = [built].flat().flatMap((one) => ("output" in one ? one.output : []));
      if (first?.type !== "chunk" || more.length > 0) throw new Error("the service worker is one script");
      this.emitFile({ type: "asset", fileName: releaseFiles.serviceWorker.slice(1), source: first.code });
    },
  };
}
