import { execFile } from "node:child_process";
import { expect, test } from "vitest";

test("a simulation whose world does not begin ends with a fault, and says which", {
  timeout: 600_000,
}, async () => {
  const main = new URL("main.ts", import.meta.url).pathname;
  const env = { ...process.env, TMPDIR: "/nowhere" };
  const { code, out } = await new Promise<{ code: unknown; out: string }>((resolve) => {
    execFile(process.execPath, [main, "--seconds", "1", "--seed", "1"], { env }, (error, out) =>
      resolve({ code: error?.code ?? 0, out }),
    );
  });
  expect({ code, says: out.split(":")[0] }).toEqual({ code: 1, says: "✗ world 1 does not begin" });
});
