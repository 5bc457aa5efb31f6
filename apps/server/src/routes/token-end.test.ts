/** Where tokens and proofs end: with their time, and with the process that knows what was used. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "@nimes/protocol/routes/routes";
import { type Circle, openCircle } from "@nimes/testing/server/circle";
import type { RawDevice } from "@nimes/testing/server/raw-device";
import { rawProof } from "@nimes/testing/server/raw-proof";
import { signedInSocket } from "@nimes/testing/server/raw-socket";
import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";

let circle: Circle;
let anna: RawDevice;
beforeAll(async () => {
  circle = await openCircle();
  anna = await circle.join();
});
afterAll(() => circle.close());

/** A token as this server gives it, but with an end of our own. */
async function tokenUntil(endsAt: number): Promise<string> {
  const secret = readFileSync(join(circle.server.dataFolder, "server.key"));
  const key = createHmac("sha256", secret).update("NIMes/tokens/v1").digest();
  return new SignJWT({ ...decodeJwt(await anna.open()), exp: Math.ceil(endsAt / 1000) })
    .setProtectedHeader({ alg: "HS256" })
    .sign(key);
}

test("the end of a token ends its socket, while it sends, and later calls", async () => {
  const token = await tokenUntil(Date.now() + 1_500);
  const directory = { query: { after: "0" }, token };
  expect((await anna.call(routes.getDirectory, directory)).status).toBe(200);
  const socket = await signedInSocket(circle.server.url, { signer: anna.test.device, token });
  const sending = setInterval(() => socket.send({ type: "ping" }), 5);
  expect((await socket.take("closing")).code).toBe("unauthorised");
  clearInterval(sending);
  expect((await socket.closed).code).toBe(1008);
  expect(await anna.call(routes.getDirectory, directory)).toEqual({ status: 401, code: "unauthorised" });
});

test("a proof that was used does not come back with a restart (A4)", async () => {
  const token = await anna.open();
  const address = `${circle.server.url}${routes.getDirectory.path}?after=0`;
  const dpop = await rawProof(anna.test.device, {
    method: "GET",
    url: address,
    body: new Uint8Array(0),
    nonce: await anna.calls.nonce(),
    token,
  });
  const send = () => fetch(address, { headers: { dpop, authorization: `DPoP ${token}` } });
  expect((await send()).status).toBe(200);
  await circle.server.restart();
  // The first call may still meet a kept-alive connection of the old process.
  await expect.poll(async () => (await send()).status).toBe(401);
  // The token itself lives on: what it needs is a fresh proof.
  expect((await anna.call(routes.getDirectory, { query: { after: "0" }, token })).status).toBe(200);
});
