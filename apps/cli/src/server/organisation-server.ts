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

const timeoutMs = 15_000;
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
  const headers = { accept: cborMediaType, "content-type": cborMediaType };
  const call = (path: string, init: RequestInit) => request(terminal, { address, path, init });
  const post = (path: string, signed: Signed) =>
    call(path, { method: "POST", headers, body: encodeCbor(signed) });
  return {
    async manifests() {
      const answered = await call(getOrganisation.path, { headers: { accept: cborMediaType } });
      if (!answered.ok) return answered.code === "not-found" ? ok([]) : answered;
      const decoded = decodeCbor(getOrganisation.answer, answered.value);
      if (!decoded.ok) throw new Stop("unreachable", terminal.texts.notAServer(address));
      return ok(decoded.value.manifests);
    },
    sendManifest: (signed) => post(postManifest.path, signed),
    sendAttestation: (signed) => post(postAttestation.path, signed),
    async call<R extends Route>(route: R, body?: unknown): Promise<Result<AnswerOf<R>>> {
      const init = body === undefined ? {} : { body: encodeCbor(body) };
      const answered = await call(route.path, { method: route.method, headers, ...init });
      if (!answered.ok) return answered;
      const decoded = decodeCbor(route.answer as TSchema, answered.value);
      if (!decoded.ok) throw new Stop("unreachable", terminal.texts.notAServer(address));
      return decoded as Result<AnswerOf<R>>;
    },
    async nonce() {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(address + routes.getNonce.path, { redirect: "error", signal }).catch(() => {
        throw new Stop("unreachable", terminal.texts.unreachable(address));
      });
      await answer.arrayBuffer();
      const nonce = answer.headers.get(nonceHeader);
      if (!nonce) throw new Stop("unreachable", terminal.texts.notAServer(address));
      return nonce;
    },
  };
}

type Call = { address: string; path: string; init: RequestInit };

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

async function attempt({ texts }: Terminal, { address, path, init }: Call): Promise<Result<Uint8Array>> {
  const signal = AbortSignal.timeout(timeoutMs);
  let answer: Response;
  let body: Uint8Array;
  try {
    answer = await fetch(`${address}${path}`, { ...init, redirect: "error", signal });
    body = new Uint8Array(await answer.arrayBuffer());
  } catch {
    throw new Stop("unreachable", texts.unreachable(address));
  }
  if (answer.ok) return ok(body);
  const problem = decodeCbor(Problem, body);
  if (!problem.ok) throw new Stop("unreachable", texts.notAServer(address));
  return refuse(problem.value.code);
}
