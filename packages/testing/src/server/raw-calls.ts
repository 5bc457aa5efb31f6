/** Calls of the protocol's routes by hand, with every part of a request in the test's hands: what a stranger could send. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, errorsOf, nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { Static, TSchema } from "typebox";
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
  /** A finished proof instead of a fresh one. */
  proof?: string;
};

type AnswerOf<R extends Route> = R["answer"] extends "bytes"
  ? Uint8Array
  : R["answer"] extends TSchema
    ? Static<R["answer"]>
    : never;
export type RawAnswer<R extends Route> =
  | { status: 200; code: "ok"; value: AnswerOf<R> }
  | { status: number; code: ErrorCode; field?: string };

export type RawCalls = {
  call<R extends Route>(route: R, request?: RawRequest): Promise<RawAnswer<R>>;
  /** The proof that `call` would make, for a test that uses one twice (A4). */
  proof(route: Route, request: RawRequest & { signer: Signer }): Promise<string>;
  /** A nonce that the server gives now. */
  nonce(): Promise<string>;
};

/** @param url origin of the server. @param origin that the proofs name, if another. */
export function rawCalls(url: string, origin = url): RawCalls {
  let last: string | undefined;
  function remember(answer: Response): Response {
    last = answer.headers.get(nonceHeader) ?? last;
    return answer;
  }
  async function nonce(): Promise<string> {
    // A server that was started again knows nothing of a connection kept from before.
    const answer = await fetch(url + routes.getNonce.path, { headers: { connection: "close" } });
    await remember(answer).arrayBuffer();
    if (last === undefined) throw new Error("the server gave no nonce");
    return last;
  }

  async function proof(route: Route, request: RawRequest & { signer: Signer }): Promise<string> {
    const { signer, token, claims } = request;
    return rawProof(signer, {
      method: route.method,
      url: origin + targetOf(route, request),
      body: request.provedBody ?? bodyOf(request),
      nonce: last ?? (await nonce()),
      ...(token !== undefined && { token }),
      ...(claims && { claims }),
    });
  }

  async function callOnce<R extends Route>(route: R, request: RawRequest): Promise<RawAnswer<R>> {
    const { signer, token } = request;
    const body = bodyOf(request);
    const headers: Record<string, string> = { connection: "close" };
    if (request.body !== undefined)
      headers["content-type"] =
        request.body instanceof Uint8Array ? "application/octet-stream" : cborMediaType;
    if (token !== undefined) headers.authorization = `DPoP ${token}`;
    const dpop = request.proof ?? (signer && (await proof(route, { ...request, signer })));
    if (dpop !== undefined) headers.dpop = dpop;
    const answer = await fetch(url + targetOf(route, request), {
      method: route.method,
      headers: { ...headers, ...request.headers },
      ...(request.body !== undefined && { body: Uint8Array.from(body) }),
    }).then(remember);
    return readAnswer(route, answer.status, new Uint8Array(await answer.arrayBuffer()));
  }

  return {
    nonce,
    proof,
    async call(route, request = {}) {
      const answer = await callOnce(route, request);
      // A nonce has run out, e.g. with the process that gave it: every device tries once more with the next one.
      const isOwn = request.proof !== undefined || Object.hasOwn(request.claims ?? {}, "nonce");
      const isStale = answer.code === "nonce-required" && request.signer && !isOwn;
      return isStale ? callOnce(route, request) : answer;
    },
  };
}

function targetOf(route: Route, { params, query }: RawRequest): string {
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params?.[name] ?? ""));
  return query ? `${path}?${new URLSearchParams(query)}` : path;
}

function bodyOf({ body }: RawRequest): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  return body instanceof Uint8Array ? body : encodeCbor(body);
}

function readAnswer<R extends Route>(route: R, status: number, bytes: Uint8Array): RawAnswer<R> {
  if (status !== 200) {
    const problem = decodeCbor(Problem, bytes);
    if (!problem.ok) throw new Error(`${route.path} answered ${status} and something that is no problem`);
    if (!errorsOf(route).includes(problem.value.code))
      throw new Error(`${route.path} answered ${problem.value.code}, which its row does not say`);
    return { status, ...problem.value };
  }
  if (route.answer === "bytes") return { status, code: "ok", value: bytes as AnswerOf<R> };
  const value = decodeCbor(route.answer, bytes);
  if (!value.ok) throw new Error(`${route.path} answered what its row does not say: ${value.field}`);
  return { status, code: "ok", value: value.value as AnswerOf<R> };
}

/** The value of an answer that must have succeeded. */
export function must<R extends Route>(answer: RawAnswer<R>): AnswerOf<R> {
  if ("value" in answer) return answer.value;
  throw new Error(`refused: ${answer.code} ${answer.field ?? ""}`);
}
