/**
 * Packs the source of this build, as the licence of what is delivered asks: whoever gets the app can get from the same
 * server what it was made of. Only what git has goes in: a checkout may hold keys, letters and data beside it, and the
 * archive is public.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

export function sourceArchive(root: string): Plugin {
  const file = join(root, "source/nimes-source.tar.gz");
  return {
    name: "source-archive",
    apply: "build",
    closeBundle() {
      try {
        const left = packSource({ checkout: join(root, "../.."), file });
        if (left.length > 0)
          this.warn(
            `Not in the packed source, because git does not have it: ${left.join(", ")}. Give git what belongs to the source (git add), and build again.`,
          );
      } catch {
        this.warn(
          `The source was not packed: it needs git and tar in a checkout of git. Put ${file} there by hand.`,
        );
      }
    },
  };
}

/**
 * Writes what git has, as it lies on the disk, as a tar.gz.
 * @returns files that git would take and does not have: they are left out, whatever they are. @throws without git or tar.
 */
export function packSource({ checkout, file }: { checkout: string; file: string }): string[] {
  const list = (...options: string[]): string[] =>
    execFileSync("git", ["ls-files", "-z", ...options], { cwd: checkout, maxBuffer: 64 * 1024 * 1024 })
      .toString()
      .split("\0")
      .filter((name) => name !== "");
  const deleted = new Set(list("--deleted"));
  const names = list("--cached").filter((name) => !deleted.has(name));
  mkdirSync(dirname(file), { recursive: true });
  execFileSync("tar", ["-czf", file, "-C", checkout, "--null", "-T", "-"], { input: names.join("\0") });
  return list("--others", "--exclude-standard");
}
