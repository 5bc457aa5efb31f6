/** Officers with a passkey: what their page and its authenticator, here one in software, do. */
import { expect } from "vitest";
import { type SoftwareAuthenticator, softwareAuthenticator } from "../server/software-authenticator.ts";
import type { Officer } from "./officers.ts";

export type Passkey = { authenticator: SoftwareAuthenticator; prf: Uint8Array };

/** What the page does: asks the authenticator, whose secret depends on nothing but itself here. */
export async function addPasskey(officer: Officer, pin?: string): Promise<Passkey> {
  const authenticator = await softwareAuthenticator();
  const prf = crypto.getRandomValues(new Uint8Array(32));
  const options = await officer.client.passkeyCreation(pin);
  if (!options.ok) throw new Error(options.code);
  expect(JSON.parse(options.value)).toMatchObject({
    extensions: { prf: { eval: { first: expect.any(String) } } },
  });
  const response = await authenticator.create({ options: options.value, origin: officer.ports.serverUrl });
  expect(await officer.client.addPasskey({ response, prf })).toEqual({ ok: true, value: undefined });
  return { authenticator, prf };
}
export async function openWith(officer: Officer, { authenticator, prf }: Passkey) {
  const options = await officer.client.passkeyRequest();
  if (!options.ok) return options;
  expect(JSON.parse(options.value.options)).toMatchObject({
    extensions: { prf: { eval: { first: expect.any(String) } } },
  });
  const response = await authenticator.get({
    options: options.value.options,
    origin: officer.ports.serverUrl,
  });
  return officer.client.openWithPasskey({ response, prf });
}
export async function openOffline(officer: Officer, { prf }: Passkey) {
  const options = await officer.client.passkeyRequest();
  return options.ok ? officer.client.openWithPasskey({ response: null, prf }) : options;
}
