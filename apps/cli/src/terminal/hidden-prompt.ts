/** A question whose answer is not shown. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks on the controlling terminal. `Ctrl-C` rejects with an `AbortError`. */
export async function askHidden(question: string): Promise<string> {
  // readline echoes what is typed into its output; this one shows the question only.
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: muted, terminal: true });
  try {
    const abort = new AbortController();
    lines.once("SIGINT", () => abort.abort());
    lines.once("close", () => abort.abort());
    return await lines.question("", { signal: abort.signal });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
