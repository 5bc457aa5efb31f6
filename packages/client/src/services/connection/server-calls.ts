/** Calls of the server's HTTP routes: shapes checked in both directions, proofs and tokens added where a route asks. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { Heard } from "@nimes/protocol/claimed";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, errorsOf, nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { Static, TSchema } from "typebox";
import type { Http, HttpAnswer } from "../../ports/http.ts";
import { makeProof } from "./dpop.ts";

type Sent<S> = S extends { bytes: number } ? Uint8Array<ArrayBuffer> : S extends TSchema ? Static<S> : never;
type Field<R extends Route, Name extends "params" | "query" | "body"> =
  R[Name] extends NonNullable<Route[Name]> ? { [N in Name]: Sent<R[Name]> } : unknown;
export type CallInput<R extends Route> = Field<R, "params"> &
  Field<R, "query"> &
  Field<R, "body"> & { signal?: AbortSignal };
export type CallAnswer<R extends Route> = R["answer"] extends "bytes"
  ? Uint8Array<ArrayBuffer>
  : R["answer"] extends TSchema
    ? Heard<Static<R["answer"]>>
    : never;

export type Credentials = { deviceKeys?: CryptoKeyPair; token?: string };

export type ServerCalls = {
  /** @returns the answer, the server's refusal, `no-network` or `cancelled`. A nonce is fetched where one is needed. */
  call<R extends Route>(
    route: R,
    input: CallInput<R>,
    credentials: Credentials,
  ): Promise<Result<CallAnswer<R>>>;
  /** A nonce of the server that has not been used. */
  nonce(): Promise<Result<string>>;
};

type Plain = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
};

export function createServerCalls(ports: { serverUrl: string; http: Http }): ServerCalls {
  let lastNonce: string | undefined;

  const remember = (answer: HttpAnswer): void => {
    lastNonce = answer.header(nonceHeader) ?? lastNonce;
  };

  async function nonce(): Promise<Result<string>> {
    const { path, method } = routes.getNonce;
    const answer = await ports.http.send({ method, url: ports.serverUrl + path, headers: {} });
    if (!answer.ok) return answer;
    remember(answer.value);
    return lastNonce === undefined ? refuse("unavailable") : ok(lastNonce);
  }

  async function send(route: Route, input: Plain, credentials: Credentials): Promise<Result<HttpAnswer>> {
    const path = route.path.replace(/:(\w+)/g, (_, name: string) =>
      encodeURIComponent(input.params?.[name] ?? ""),
    );
    const query = input.query ? `?${new URLSearchParams(input.query)}` : "";
    const url = ports.serverUrl + path + query;
    const body = bodyBytes(route, input.body);
    const headers: Record<string, string> = {};
    if (body && !isRaw(route.body)) headers["content-type"] = cborMediaType;
    else if (body) headers["content-type"] = "application/octet-stream";
    const { deviceKeys, token } = credentials;
    if (deviceKeys && route.access !== "public") {
      const fresh = lastNonce === undefined ? await nonce() : ok(lastNonce);
      if (!fresh.ok) return fresh;
      headers.dpop = await makeProof(deviceKeys, {
        method: route.method,
        url,
        body: body ?? new Uint8Array(0),
        nonce: fresh.value,
        ...(token !== undefined && { token }),
      });
    }
    if (token !== undefined) headers.authorization = `DPoP ${token}`;
    const answer = await ports.http.send({
      method: route.method,
      url,
      headers,
      ...(body && { body }),
      ...(input.signal && { signal: input.signal }),
    });
    if (answer.ok) remember(answer.value);
    return answer;
  }

  return {
    nonce,
    async call<R extends Route>(route: R, input: CallInput<R>, credentials: Credentials) {
      const plain = input as Plain;
      let answer = await send(route, plain, credentials);
      // The nonce has run out; the refusal brought the next one.
      if (answer.ok && problemOf(answer.value) === "nonce-required")
        answer = await send(route, plain, credentials);
      if (!answer.ok) return answer;
      return readAnswer(route, answer.value) as Result<CallAnswer<R>>;
    },
  };
}

const isRaw = (body: Route["body"]): boolean => body !== undefined && "bytes" in body;

function bodyBytes(route: Route, body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (route.body === undefined) return undefined;
  return isRaw(route.body) ? (body as Uint8Array<ArrayBuffer>) : Uint8Array.from(encodeCbor(body));
}

function problemOf(answer: HttpAnswer): string | undefined {
  if (answer.status < 400) return undefined;
  const problem = decodeCbor(Problem, answer.body);
  return problem.ok ? problem.value.code : undefined;
}

function readAnswer(route: Route, answer: HttpAnswer): Result<unknown> {
  if (answer.status >= 200 && answer.status < 300) {
    if (route.answer === "bytes") return ok(answer.body);
    const decoded = decodeCbor(route.answer, answer.body);
    // Somebody else answered, such as the sign-in page of a guest network: the server itself is yet to be reached.
    return decoded.ok ? decoded : refuse("unavailable");
  }
  const problem = decodeCbor(Problem, answer.body);
  // What a route never answers is no word of this server's: only this device itself finds its capsule damaged.
  if (problem.ok && errorsOf(route).includes(problem.value.code))
    return refuse(problem.value.code, problem.value.field);
  // Not this server's words: a proxy, or a server that is only just starting.
  return refuse(answer.status === 429 ? "too-many" : answer.status >= 500 ? "unavailable" : "internal");
}
