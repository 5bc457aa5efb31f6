/**
 * Packs the source of this build, as the licence of what is delivered asks: whoever gets the app can get from the same
 * server what it was made of. Only what git knows goes in: a checkout may hold keys and data beside it.
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
        packSource({ checkout: join(root, "../.."), file });
      } catch {
        this.warn(
          `The source was not packed: it needs git and tar in a checkout of git. Put ${file} there by hand.`,
        );
      }
    },
  };
}

/** Writes what git has or would take, as it lies on the disk, as a tar.gz. @throws without git or tar. */
export function packSource({ checkout, file }: { checkout: string; file: string }): void {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: checkout,
    maxBuffer: 64 * 1024 * 1024,
  });
  const gone = execFileSync("git", ["ls-files", "-z", "--deleted"], { cwd: checkout });
  const deleted = new Set(gone.toString().split("\0"));
  const names = listed
    .toString()
    .split("\0")
    .filter((name) => name !== "" && !deleted.has(name));
  mkdirSync(dirname(file), { recursive: true });
  execFileSync("tar", ["-czf", file, "-C", checkout, "--null", "-T", "-"], { input: names.join("\0") });
}
