/** Servers that answer with more than there is: the memory of the computer with the keys is not theirs to fill. */
import type { Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { encodeCbor } from "@nimes/protocol/cbor";
import { limits } from "@nimes/protocol/limits";
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { exitCodes } from "../stop.ts";
import type { Workplace } from "../test/workplace.ts";
import { makeWorkplace } from "../test/workplace.ts";
import { boundsOf, isWithin } from "./bounded-answer.ts";

let office: Workplace;
let server: Server;
let address: string;
let answer: (response: ServerResponse, path: string) => void;
beforeEach(async () => {
  office = makeWorkplace();
  server = createServer((request, response) => answer(response, request.url ?? ""));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  office.remove();
});

const mebibyte = 1024 * 1024;
/** Writes for as long as anybody reads. @returns how much has left, in MiB. */
function writeWithoutEnd(response: ServerResponse, headers = {}): () => number {
  let sent = 0;
  response.writeHead(200, headers);
  const part = Buffer.alloc(mebibyte, 0x80);
  const more = (): void => {
    while (!response.destroyed) {
      sent += 1;
      if (!response.write(part)) break;
    }
  };
  response.on("drain", more);
  more();
  return () => sent;
}

test("an answer without end is left where it is larger than any, in one sentence", async () => {
  let sent = () => 0;
  answer = (response) => {
    sent = writeWithoutEnd(response);
  };
  const run = await office.nimes(["join", "0".repeat(64), "--server", address]);
  expect(run).toMatchObject({ code: exitCodes.unreachable, printed: "" });
  expect(run.notes).toBe(
    `${address} antwortet mit mehr, als ein NIMes-Server je hat. Der Rest wurde nicht gelesen.`,
  );
  expect(sent()).toBeLessThan(80);
});

test("an answer to a question with one answer is left long before", async () => {
  let sent = () => 0;
  await office.nimes(["init", "Polizei Beispiel"]);
  const organisation = { status: 404, body: encodeCbor({ code: "not-found" }) };
  answer = (response, path) => {
    if (path === routes.getOrganisation.path) response.writeHead(organisation.status).end(organisation.body);
    else sent = writeWithoutEnd(response);
  };
  expect((await office.nimes(["upload", "--server", address])).code).toBe(exitCodes.unreachable);
  // The sockets' own buffers, on both sides.
  expect(sent()).toBeLessThan(20);
  expect(boundsOf(routes.getPolicy).bytes).toBeLessThan(2 * limits.maxSignedBytes);
});

test("a small answer that unpacks to a large one is counted as it unpacks", async () => {
  const bomb = gzipSync(Buffer.alloc(100 * mebibyte, 0x80));
  answer = (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
  const run = await office.nimes(["join", "0".repeat(64), "--server", address], { language: "en" });
  expect(run).toMatchObject({ code: exitCodes.unreachable, notes: expect.stringContaining("more than") });
});

test("an answer of as many empty values as fit is not unpacked", () => {
  const bytes = new Uint8Array(boundsOf(routes.getOrganisation).bytes).fill(0x80);
  bytes[0] = 0x9a;
  new DataView(bytes.buffer).setUint32(1, bytes.length - 5);
  const before = process.memoryUsage().heapUsed;
  expect(isWithin(bytes, boundsOf(routes.getOrganisation))).toBe(false);
  expect((process.memoryUsage().heapUsed - before) / mebibyte).toBeLessThan(100);
});

test("as many versions as the protocol allows are within", () => {
  const signature = { key: new Uint8Array(32), signature: new Uint8Array(64) };
  const signed = { payload: new Uint8Array(2000), signatures: [signature, signature, signature, signature] };
  const manifests = Array.from({ length: limits.maxManifests }, () => signed);
  expect(isWithin(encodeCbor({ manifests }), boundsOf(routes.getOrganisation))).toBe(true);
});

test("a release is fetched no further than it was signed", async () => {
  let sent = () => 0;
  answer = (response) => {
    sent = writeWithoutEnd(response);
  };
  const run = await office.nimes(["release", "verify", address, "--root", "0".repeat(64)]);
  expect(run).toMatchObject({
    code: exitCodes.refused,
    notes: expect.stringContaining("keine unterschriebene"),
  });
  expect(sent()).toBeLessThan(20);
});
