import type { RequestListener } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { fetchHttp } from "./fetch-http.ts";

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
