/** The server as the command line uses it: public routes, to which only signed structures go. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { retryHelps } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, nonceHeader } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import type { Static, TSchema } from "typebox";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { boundsOf, isWithin, readUpTo } from "./bounded-answer.ts";
import { unreachable } from "./unreachable.ts";

const timeoutMs = 15_000;
/** As long as a question that names one may have it. */
const maxNonceLength = 200;
const pausesMs = [500, 1000, 2000, 4000];

/** Refusals are returned; a server that gives no answer, or one that no NIMes server gives, ends the command. */
export type OrganisationServer = {
  /** Every version of the manifest that the server has. */
  manifests(): Promise<Result<Signed[]>>;
  sendManifest(signed: Signed): Promise<Result<unknown>>;
  sendAttestation(signed: Signed): Promise<Result<unknown>>;
  /** Any other public route. */
  call<R extends Route>(route: R, body?: unknown): Promise<Result<AnswerOf<R>>>;
  /** A fresh nonce, for what must not be a recording. */
  nonce(): Promise<string>;
};
type AnswerOf<R extends Route> = R["answer"] extends TSchema ? Static<R["answer"]> : never;

/** @param address origin of the server. */
export function organisationServer(terminal: Terminal, address: string): OrganisationServer {
  const { getOrganisation, postManifest, postAttestation } = routes;
  const notAServer = (): Stop => new Stop("unreachable", terminal.texts.notAServer(address));
  async function call<R extends Route>(route: R, body?: unknown): Promise<Result<AnswerOf<R>>> {
    const answered = await request(terminal, { address, route, body });
    if (!answered.ok) return answered;
    const decoded = decodeCbor(route.answer as TSchema, answered.value);
    if (!decoded.ok) throw notAServer();
    return decoded as Result<AnswerOf<R>>;
  }
  return {
    async manifests() {
      const answered = await call(getOrganisation);
      if (!answered.ok) return answered.code === "not-found" ? ok([]) : answered;
      return ok(answered.value.manifests);
    },
    sendManifest: (signed) => call(postManifest, signed),
    sendAttestation: (signed) => call(postAttestation, signed),
    call,
    async nonce() {
      const { headers } = await fetchBounded(terminal, { address, route: routes.getNonce });
      const nonce = headers.get(nonceHeader);
      if (!nonce || nonce.length > maxNonceLength) throw notAServer();
      return nonce;
    },
  };
}

type Call = { address: string; route: Route; body?: unknown };

/** Sends, and again while the server says that it helps: what is signed is safe to send twice (P6). */
async function request(terminal: Terminal, call: Call): Promise<Result<Uint8Array>> {
  let answered = await attempt(terminal, call);
  for (const pause of pausesMs) {
    if (answered.ok || !retryHelps(answered.code)) return answered;
    await new Promise((resolve) => setTimeout(resolve, pause));
    answered = await attempt(terminal, call);
  }
  return answered;
}

async function attempt(terminal: Terminal, call: Call): Promise<Result<Uint8Array>> {
  const { isOk, body } = await fetchBounded(terminal, call);
  if (isOk) return ok(body);
  const problem = decodeCbor(Problem, body);
  if (!problem.ok) throw new Stop("unreachable", terminal.texts.notAServer(call.address));
  return refuse(problem.value.code);
}

/** @throws Stop when nobody answers, or with more than the route allows. */
async function fetchBounded(
  { texts }: Terminal,
  { address, route, body }: Call,
): Promise<{ isOk: boolean; headers: Headers; body: Uint8Array }> {
  const bounds = boundsOf(route);
  const sent = body === undefined ? {} : { body: encodeCbor(body) };
  const headers = { accept: cborMediaType, "content-type": cborMediaType };
  let answer: Response;
  let bytes: Uint8Array;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const init = { method: route.method, headers, redirect: "error", signal } as const;
    answer = await fetch(address + route.path, { ...init, ...sent });
    bytes = await readUpTo(answer, bounds.bytes);
  } catch (error) {
    throw unreachable(texts, address, error);
  }
  if (!isWithin(bytes, bounds)) throw new Stop("unreachable", texts.answerTooLarge(address));
  return { isOk: answer.ok, headers: answer.headers, body: bytes };
}
