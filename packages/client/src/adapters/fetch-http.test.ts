import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createFetchHttp, fetchHttp } from "./fetch-http.ts";

let close: () => void = () => undefined;
afterEach(() => close());

/** The address of a server that answers so. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("an answer comes whole, with its status", async () => {
  const body = new Uint8Array(3_000_000).map((_, index) => index % 251);
  const url = await serve((_, response) => response.writeHead(418).end(body));
  const answer = await fetchHttp.send({ method: "GET", url, headers: {} });
  expect(answer.ok && answer.value.status).toBe(418);
  expect(answer.ok && Buffer.compare(answer.value.body, body)).toBe(0);
});

test("an answer without end is left before it fills the memory", async () => {
  const chunk = new Uint8Array(1024 * 1024);
  let sentBytes = 0;
  const url = await serve((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(chunk)) sentBytes += chunk.byteLength;
    };
    response.on("drain", () => {
      sentBytes += chunk.byteLength;
      more();
    });
    more();
  });
  expect(await fetchHttp.send({ method: "GET", url, headers: {} })).toEqual({
    ok: false,
    code: "unavailable",
  });
  expect(sentBytes).toBeLessThan(100 * 1024 * 1024);
});

test("an answer that drips comes whole; a line that takes the question and is still is given up", async () => {
  const patient = createFetchHttp({ asking: 2_000, bringing: 2_000 });
  const parts = 15;
  let left = parts;
  const dripping = await serve((_, response) => {
    const drip = setInterval(() => {
      response.write(Uint8Array.of(7));
      left -= 1;
      if (left > 0) return;
      clearInterval(drip);
      response.end();
    }, 200);
  });
  const dripped = await patient.send({ method: "GET", url: dripping, headers: {} });
  expect(dripped.ok && dripped.value.body.byteLength).toBe(parts);
  close();
  const hasty = createFetchHttp({ asking: 100, bringing: 100 });
  const silent = await serve(() => undefined);
  expect(await hasty.send({ method: "GET", url: silent, headers: {} })).toEqual({
    ok: false,
    code: "no-network",
  });
  const stops = await serve((_, response) => response.write(Uint8Array.of(7)));
  expect(await hasty.send({ method: "GET", url: stops, headers: {} })).toEqual({
    ok: false,
    code: "no-network",
  });
});
