/** Calls of the protocol's routes by hand, with every part of a proof in the test's hands (A3 to A6). */
import { toBase64Url, toHex, utf8 } from "@nimes/protocol/bytes";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import { bodyHashClaim, bodyHashOf, dpopAlgorithm, dpopType, tokenHashOf } from "@nimes/protocol/routes/dpop";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, nonceHeader } from "@nimes/protocol/routes/route";
import { Problem } from "@nimes/protocol/routes/routes";
import type { Signer } from "@nimes/protocol/signed/signed";
import type { Static, TSchema } from "typebox";

export type RawRequest = {
  query?: Record<string, string>;
  body?: unknown;
  signer?: Signer;
  token?: string;
  /** Claims of the proof that replace the right ones. */
  claims?: Record<string, unknown>;
  /** A finished proof instead of a fresh one. */
  proof?: string;
  /** What the proof is made over, when it is not the body sent. */
  provedBody?: Uint8Array;
};
type AnswerOf<R extends Route> = R["answer"] extends TSchema ? Static<R["answer"]> : Uint8Array;
export type RawAnswer<R extends Route> =
  | { code: "ok"; value: AnswerOf<R>; proof: string | undefined }
  | { code: ErrorCode; field?: string; proof: string | undefined };

export type RawCalls = {
  nonce(): Promise<string>;
  call<R extends Route>(route: R, request?: RawRequest): Promise<RawAnswer<R>>;
};

/** @param url origin of the server. @param origin that the proofs name, if another. */
export function rawCalls(url: string, origin = url): RawCalls {
  const nonce = async (): Promise<string> => {
    const answer = await fetch(`${url}/v1/nonce`, { headers: { connection: "close" } });
    await answer.arrayBuffer();
    return answer.headers.get(nonceHeader) ?? "";
  };
  return {
    nonce,
    async call<R extends Route>(route: R, request: RawRequest = {}): Promise<RawAnswer<R>> {
      const body = request.body === undefined ? new Uint8Array(0) : encodeCbor(request.body);
      const { signer, token } = request;
      const proof =
        request.proof ??
        (signer &&
          (await makeProof(signer, {
            htm: route.method,
            htu: origin + route.path,
            nonce: await nonce(),
            [bodyHashClaim]: bodyHashOf(request.provedBody ?? body),
            ...(token !== undefined && { ath: tokenHashOf(token) }),
            ...request.claims,
          })));
      const query = request.query ? `?${new URLSearchParams(request.query)}` : "";
      const answer = await fetch(url + route.path + query, {
        method: route.method,
        headers: {
          // A server that was started again knows nothing of a connection kept from before.
          connection: "close",
          ...(request.body !== undefined && { "content-type": cborMediaType }),
          ...(token !== undefined && { authorization: `DPoP ${token}` }),
          ...(proof !== undefined && { dpop: proof }),
        },
        ...(request.body !== undefined && { body: Uint8Array.from(body) }),
      });
      return {
        ...read(route, answer.status, new Uint8Array(await answer.arrayBuffer())),
        proof,
      } as RawAnswer<R>;
    },
  };
}

function read(route: Route, status: number, bytes: Uint8Array): object {
  const schema = status === 200 ? (route.answer as TSchema) : Problem;
  const decoded = decodeCbor(schema, bytes);
  if (!decoded.ok) throw new Error(`${route.path} answered ${status} and what its row does not say`);
  return status === 200 ? { code: "ok", value: decoded.value } : (decoded.value as object);
}

async function makeProof(signer: Signer, claims: Record<string, unknown>): Promise<string> {
  const jwk = { kty: "OKP", crv: "Ed25519", x: toBase64Url(signer.publicKey) };
  const header = { alg: dpopAlgorithm, typ: dpopType, jwk };
  const jti = toHex(crypto.getRandomValues(new Uint8Array(16)));
  const part = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));
  const text = `${part(header)}.${part({ jti, iat: Math.floor(Date.now() / 1000), ...claims })}`;
  return `${text}.${toBase64Url(await signer.sign(utf8(text)))}`;
}

/** The value of an answer that must have succeeded. */
export function must<T>(answer: { code: "ok"; value: T } | { code: ErrorCode }): T {
  if ("value" in answer) return answer.value;
  throw new Error(`refused: ${answer.code}`);
}
