/** The command line against the server itself: what is signed here is taken there, and nothing else. */
import { join } from "node:path";
import { activationSigner, parseActivationLink } from "@nimes/protocol/activation-link";
import { utf8 } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import { signingInput } from "@nimes/protocol/signed/signature";
import { readConfig } from "@nimes/server/config";
import type { RunningServer } from "@nimes/server/server";
import { startServer } from "@nimes/server/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "./stop.ts";
import type { Run, Workplace } from "./test/workplace.ts";
import { makeWorkplace } from "./test/workplace.ts";

let office: Workplace;
let server: RunningServer;

const start = (rootHash: string, data = "server"): Promise<RunningServer> =>
  startServer(
    readConfig({
      NIMES_ORG_ROOT: rootHash,
      NIMES_PORT: "0",
      NIMES_DATA: join(office.folder, data),
      NIMES_LOG_LEVEL: "silent",
    }),
  );
const linkIn = (run: Run) => /https?:\S+#\S+/.exec(run.printed)?.[0] ?? "";
const addAnna = ["user", "add", "PK'in Anna Behrens", "--unit", "pi-celle"];

beforeEach(async () => {
  office = makeWorkplace();
  const made = await office.nimes(["init", "Polizei Beispiel", "--unit", "pi-celle=PI Celle"]);
  server = await start(made.printed.split("=").at(-1) ?? "");
  expect((await office.nimes(["upload", "--server", `http://127.0.0.1:${server.port}`])).code).toBe(0);
});
afterEach(async () => {
  await server.close();
  office.remove();
});

/** What the server says of a letter, without using it. */
async function lookUp(text: string): Promise<string> {
  const link = parseActivationLink(text);
  if (!link.ok) return link.code;
  const { userId, secret } = link.value;
  const signer = await activationSigner(secret);
  const address = `http://127.0.0.1:${server.port}`;
  const nonce = (await fetch(`${address}${routes.getNonce.path}`)).headers.get(nonceHeader) ?? "";
  const signature = await signer.sign(signingInput("ActivationProof", utf8(nonce)));
  const answer = await fetch(`${address}${routes.postActivationLookup.path}`, {
    method: "POST",
    headers: { "content-type": "application/cbor" },
    body: encodeCbor({ userId, activationKey: signer.publicKey, nonce, signature }),
  });
  if (answer.ok) return "taken";
  const problem = decodeCbor(Problem, new Uint8Array(await answer.arrayBuffer()));
  return problem.ok ? problem.value.code : "malformed";
}

test("the server takes stations, desks and people, and uploads twice change nothing (P6)", async () => {
  expect((await office.nimes(["unit", "add", "pi-gifhorn", "PI Gifhorn"])).code).toBe(0);
  expect((await office.nimes(["desk", "add", "gifhorn", "--unit", "pi-gifhorn"])).code).toBe(0);
  const run = await office.nimes(["user", "add", "Ole Janssen", "--unit", "pi-gifhorn", "--desk", "gifhorn"]);
  expect(run.code).toBe(0);
  expect(await lookUp(linkIn(run))).toBe("taken");
  expect((await office.nimes(["upload"])).notes).toContain("Der Server hat schon alles.");
});

test("a new letter ends the one before it (D4)", async () => {
  const first = await office.nimes(addAnna);
  expect(await lookUp(linkIn(first))).toBe("taken");
  const second = await office.nimes(["letter", "behrens"]);
  expect(await lookUp(linkIn(first))).toBe("activation-unknown");
  expect(await lookUp(linkIn(second))).toBe("taken");
});

test("a server of another organisation takes nothing, in one sentence", async () => {
  await server.close();
  server = await start("0".repeat(64), "other");
  const run = await office.nimes(["upload", "--server", `http://127.0.0.1:${server.port}`]);
  expect(run.code).toBe(exitCodes.refused);
  expect(run.notes).toMatch(/^Der Server hat abgelehnt: [^\n]+$/);
});
