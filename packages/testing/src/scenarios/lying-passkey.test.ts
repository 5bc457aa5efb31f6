/** Each answer of the server about a passkey, once as a lie (A9). */
import { routes } from "@nimes/protocol/routes/routes";
import { afterEach, beforeEach, expect, test } from "vitest";
import { liar } from "../network/liar.ts";
import { annaBehind } from "./behind-a-liar.ts";
import * as act from "./officers.ts";
import { type OpenWorld, openWorld } from "./open-world.ts";
import { until } from "./until.ts";

const opens = { ok: true, value: undefined };
let here: OpenWorld;
beforeEach(async () => {
  here = await openWorld();
});
afterEach(async () => {
  await here.close();
  expect(here.bugs).toEqual([]);
});

test("another challenge, or another share, makes no passkey that opens; the PIN does", async () => {
  const server = liar();
  const { anna, add, openWithPasskey, isWhole } = await annaBehind(here, server);
  server.lie(routes.postPasskeyStart, () => ({ challenge: "A".repeat(43) }));
  expect(await add()).toEqual({ ok: false, code: "passkey-refused" });
  expect((await anna.client.rules())?.passkey).toBe(false);
  server.lie(routes.postPasskey, () => ({ share: new Uint8Array(32) }));
  expect(await add(anna.pin)).toEqual(opens);
  server.honest();
  await anna.client.lock();
  expect(await openWithPasskey()).toEqual({ ok: false, code: "passkey-refused" });
  await isWhole();
});

test("another challenge, share or token does not open with a passkey that the server knows (A9)", async () => {
  const server = liar();
  const { anna, add, openWithPasskey } = await annaBehind(here, server);
  expect(await add()).toEqual(opens);
  await anna.client.lock();
  server.lie(routes.postPasskeyLoginStart, () => ({ challenge: "A".repeat(43) }));
  expect(await openWithPasskey()).toEqual({ ok: false, code: "passkey-refused" });
  server.lie(routes.postPasskeyLogin, (answer) => ({ ...answer, share: new Uint8Array(32) }));
  expect(await openWithPasskey()).toEqual({ ok: false, code: "passkey-refused" });
  server.lie(routes.postPasskeyLogin, (answer) => ({ ...answer, token: "x.y.z", lifetimeMs: 0 }));
  await openWithPasskey();
  await until(anna.client, "locked", async () => (await anna.client.state()).state === "locked");
  server.honest();
  expect(await openWithPasskey()).toEqual(opens);
});

test("a passkey that the server only says it has removed opens nothing any more", async () => {
  const server = liar();
  const { anna, add, openWithPasskey, isWhole } = await annaBehind(here, server);
  expect(await add()).toEqual(opens);
  server.answer(routes.deletePasskey, { status: 200, body: {} });
  expect(await anna.client.removePasskey()).toEqual(opens);
  server.honest();
  await anna.client.lock();
  expect(await act.lockOf(anna)).toMatchObject({ passkey: false });
  expect(await openWithPasskey()).toEqual({ ok: false, code: "passkey-refused" });
  await isWhole();
});

test("the authenticator is asked for nothing that the server wrote but a challenge", async () => {
  const server = liar();
  const { anna, add } = await annaBehind(here, server);
  const creation = await anna.client.passkeyCreation(anna.pin);
  if (!creation.ok) throw new Error(creation.code);
  expect(JSON.parse(creation.value)).toMatchObject({
    rp: { id: new URL(here.world.serverUrl).hostname },
    authenticatorSelection: { userVerification: "required" },
  });
  expect(await add()).toEqual(opens);
  await anna.client.lock();
  const request = await anna.client.passkeyRequest();
  if (!request.ok) throw new Error(request.code);
  expect(JSON.parse(request.value.options)).toEqual({
    challenge: expect.stringMatching(/^[\w-]{43}$/),
    rpId: new URL(here.world.serverUrl).hostname,
    allowCredentials: [{ type: "public-key", id: expect.any(String) }],
    userVerification: "required",
    extensions: { prf: { eval: { first: expect.any(String) } } },
  });
});
