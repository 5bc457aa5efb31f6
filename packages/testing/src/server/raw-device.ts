/** A device that speaks the protocol's routes by hand, without the client library: what a stranger could send too. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { Static, TSchema } from "typebox";
import type { TestDevice } from "../organisation.ts";
import { registerPin, signInByPin } from "./raw-pin.ts";
import { rawProof } from "./raw-proof.ts";

export type RawRequest = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  /** Encoded as CBOR; bytes go as they are. */
  body?: unknown;
  /** Without any proof: a route that needs one refuses. */
  signer?: Signer;
  token?: string;
  /** Headers that replace or add to the right ones. */
  headers?: Record<string, string>;
  /** Claims of the proof that replace the right ones. */
  claims?: Record<string, unknown>;
  /** The proof is made over these bytes instead of the body's. */
  provedBody?: Uint8Array;
};

type AnswerOf<R extends Route> = R["answer"] extends "bytes"
  ? Uint8Array
  : R["answer"] extends TSchema
    ? Static<R["answer"]>
    : never;
export type RawAnswer<R extends Route> =
  | { status: 200; value: AnswerOf<R> }
  | { status: number; code: ErrorCode; field?: string };

export type RawCaller = {
  call<R extends Route>(route: R, request: RawRequest): Promise<RawAnswer<R>>;
  /** The newest nonce that the server gave. */
  nonce(): Promise<string>;
};

/** @param url origin of the server. */
export function rawCaller(url: string): RawCaller {
  let last: string | undefined;
  async function nonce(): Promise<string> {
    if (last === undefined) await fetch(url + routes.getNonce.path).then(remember);
    if (last === undefined) throw new Error("the server gave no nonce");
    return last;
  }
  function remember(answer: Response): Response {
    last = answer.headers.get(nonceHeader) ?? last;
    return answer;
  }

  async function callOnce<R extends Route>(route: R, request: RawRequest): Promise<RawAnswer<R>> {
    const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
      encodeURIComponent(request.params?.[name] ?? ""),
    );
    const raw = request.body instanceof Uint8Array;
    const body = raw ? (request.body as Uint8Array) : encodeBody(request.body);
    const { signer, token } = request;
    const headers: Record<string, string> = {};
    if (request.body !== undefined)
      headers["content-type"] = raw ? "application/octet-stream" : cborMediaType;
    if (token !== undefined) headers.authorization = `DPoP ${token}`;
    if (signer)
      headers.dpop = await rawProof(signer, {
        method: route.method,
        url: url + path,
        body: request.provedBody ?? body,
        nonce: await nonce(),
        ...(token !== undefined && { token }),
        ...(request.claims && { claims: request.claims }),
      });
    const query = request.query ? `?${new URLSearchParams(request.query)}` : "";
    const answer = await fetch(url + path + query, {
      method: route.method,
      headers: { ...headers, ...request.headers },
      ...(request.body !== undefined && { body: Uint8Array.from(body) }),
    }).then(remember);
    return readAnswer(route, answer.status, new Uint8Array(await answer.arrayBuffer()));
  }

  return {
    nonce,
    async call(route, request) {
      const answer = await callOnce(route, request);
      // A nonce has run out, e.g. with the process that gave it: every device tries once more with the next one.
      const stale =
        "code" in answer && answer.code === "nonce-required" && !Object.hasOwn(request.claims ?? {}, "nonce");
      return stale && request.signer ? callOnce(route, request) : answer;
    },
  };
}

const encodeBody = (body: unknown): Uint8Array => (body === undefined ? new Uint8Array(0) : encodeCbor(body));

function readAnswer<R extends Route>(route: R, status: number, bytes: Uint8Array): RawAnswer<R> {
  if (status !== 200) {
    const problem = decodeCbor(Problem, bytes);
    if (!problem.ok) throw new Error(`${route.path} answered ${status} and something that is no problem`);
    return { status, ...problem.value };
  }
  if (route.answer === "bytes") return { status, value: bytes as AnswerOf<R> };
  const value = decodeCbor(route.answer, bytes);
  if (!value.ok) throw new Error(`${route.path} answered what its row does not say: ${value.field}`);
  return { status, value: value.value as AnswerOf<R> };
}

/** The value of an answer that must have succeeded. */
export function taken<R extends Route>(answer: RawAnswer<R>): AnswerOf<R> {
  if ("code" in answer) throw new Error(`refused: ${answer.code} ${answer.field ?? ""}`);
  return answer.value;
}

export type RawDevice = {
  readonly test: TestDevice;
  readonly caller: RawCaller;
  /** Sends attestation, and genesis with a PIN; both may have been sent before. */
  enrol(): Promise<void>;
  /** Both steps. @returns a fresh access token, used by the calls behind it. */
  signIn(): Promise<string>;
  /** A call with token and proof. */
  call<R extends Route>(route: R, request?: RawRequest): Promise<RawAnswer<R>>;
};

export function rawDevice(url: string, test: TestDevice): RawDevice {
  const caller = rawCaller(url);
  let token: string | undefined;
  let pinRecord: string | undefined;
  return {
    test,
    caller,
    async enrol() {
      taken(await caller.call(routes.postAttestation, { body: test.letter.signedAttestation }));
      const { genesis } = test;
      pinRecord ??= await registerPin(caller, test);
      taken(await caller.call(routes.postActivation, { body: { genesis, pinRecord } }));
    },
    async signIn() {
      token = await signInByPin(caller, test);
      return token;
    },
    call: (route, request = {}) =>
      caller.call(route, { signer: test.device, ...(token !== undefined && { token }), ...request }),
  };
}
