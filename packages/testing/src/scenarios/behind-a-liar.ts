/** An officer of whom something can be lost, behind a server that may lie. */
import { expect } from "vitest";
import type { Liar } from "../network/liar.ts";
import { softwareAuthenticator } from "../server/software-authenticator.ts";
import * as act from "./officers.ts";
import type { OpenWorld } from "./open-world.ts";

const opens = { ok: true, value: undefined };

/** An officer with a room and a passkey, behind a server that may lie. */
export async function annaBehind(here: OpenWorld, server: Liar) {
  const anna = await here.join("Anna", server.ports);
  const room = await act.openDirect(anna, await here.join("Bernd"));
  await act.say(anna, room, "bleibt");
  await act.isSent(anna, room, "bleibt");
  const authenticator = await softwareAuthenticator();
  const prf = crypto.getRandomValues(new Uint8Array(32));
  const origin = here.world.serverUrl;
  const add = async (pin?: string) => {
    const options = await anna.client.passkeyCreation(pin);
    if (!options.ok) return options;
    const response = await authenticator.create({ options: options.value, origin });
    return anna.client.addPasskey({ response, prf });
  };
  const openWithPasskey = async () => {
    const request = await anna.client.passkeyRequest();
    if (!request.ok) return request;
    const response = await authenticator.get({ options: request.value.options, origin });
    return anna.client.openWithPasskey({ response, prf });
  };
  /** The honest server opens it again, and everything is there. */
  const isWhole = async (pin = anna.pin) => {
    server.honest();
    if ((await anna.client.state()).state === "ready") await anna.client.lock();
    expect(await anna.client.open(pin)).toEqual(opens);
    expect(await act.textsOf(anna, room)).toEqual(["bleibt"]);
    await act.isOnline(anna);
  };
  return { anna, add, openWithPasskey, isWhole };
}
