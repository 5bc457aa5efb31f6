/** The server as the command line uses it: three public routes, to which only signed structures go. */
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { retryHelps } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import { cborMediaType } from "@nimes/protocol/routes/route";
import { Problem, routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
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
};

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
