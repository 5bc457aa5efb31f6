/** OPAQUE (RFC 9807) on the device: proves the PIN without showing it, and gives a key that only the right PIN gives. */

export type StartedLogin = {
  /** For the server. The same bytes again are the same try. */
  request: string;
  /** @returns undefined when the PIN was wrong. `exportKey`: secret bytes, the same at every login with this record. */
  finish(response: string): { finish: string; exportKey: Uint8Array<ArrayBuffer> } | undefined;
};

export type StartedRegistration = {
  request: string;
  /** @returns undefined when the response is none. */
  finish(response: string): { record: string; exportKey: Uint8Array<ArrayBuffer> } | undefined;
};

export type Opaque = {
  startLogin(pin: string): Promise<StartedLogin>;
  startRegistration(pin: string): Promise<StartedRegistration>;
};
