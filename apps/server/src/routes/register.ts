/**
 * Makes Fastify routes of the protocol's rows: bodies parsed once against compiled schemas, callers known by the row's
 * access, answers and refusals as CBOR. A handler gets what it may rely on and returns a `Result`.
 */
import { decodeCborWith, encodeCbor, firstFaultyField } from "@nimes/protocol/cbor";
import type { ErrorCode } from "@nimes/protocol/errors";
import { statusOf } from "@nimes/protocol/errors";
import type { Refusal, Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Route } from "@nimes/protocol/routes/route";
import { cborMediaType, nonceHeader } from "@nimes/protocol/routes/route";
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { Buckets } from "../core/bucket.ts";
import { isStorageFull } from "../ports/storage-full.ts";
import type { Descriptors } from "../services/descriptors.ts";
import type { Nonces } from "../services/nonces.ts";
import type { Proofs, ProvedKey } from "../services/proofs.ts";
import type { SignedIn, SignIn } from "../services/sign-in.ts";

type Part<S> = S extends { bytes: number } ? Uint8Array : S extends TSchema ? Static<S> : undefined;
type Caller<R extends Route> = R["access"] extends "opened" | "device"
  ? { device: SignedIn; origin: string }
  : R["access"] extends "device-proof"
    ? { key: ProvedKey }
    : unknown;
export type Input<R extends Route> = {
  params: Part<R["params"]>;
  query: Part<R["query"]>;
  body: Part<R["body"]>;
} & Caller<R>;
export type Answer<R extends Route> = R["answer"] extends "bytes" ? Uint8Array : Part<R["answer"]>;
export type Handler<R extends Route> = (input: Input<R>) => Promise<Result<Answer<R>>>;

export type Access = {
  nonces: Nonces;
  proofs: Proofs;
  signIn: SignIn;
  /**
   * Refused requests of callers who have not signed in, by address. What succeeds costs nothing: a whole station may come
   * from one address, and nobody can make up what the server takes.
   */
  byAddress: Buckets;
  /** Requests of a signed-in device (S7). */
  byDevice: Buckets;
};
export type Register = <R extends Route>(route: R, handler: Handler<R>) => void;

/** Once for each Fastify instance: raw bodies, foreign origins, headers, refusals. */
export function prepareFastify(
  app: FastifyInstance,
  {
    nonces,
    isOwnOrigin,
    isLack,
  }: Pick<Access, "nonces"> & Pick<Descriptors, "isLack"> & { isOwnOrigin: (origin: string) => boolean },
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [cborMediaType, "application/octet-stream"],
    { parseAs: "buffer" },
    (_, body, done) => done(null, body),
  );
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    // Only browsers send an origin, and only they can be led here by a foreign page (S4).
    if (origin !== undefined && !isOwnOrigin(origin)) return sendRefusal(reply, refuse("wrong-origin"));
    return undefined;
  });
  app.addHook("onSend", async (_request, reply) => {
    reply.header(nonceHeader, nonces.current());
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  app.setErrorHandler((error, request, reply) => {
    // Said by itself, and not with every request: it passes.
    if (isLack(error)) return sendRefusal(reply, refuse("unavailable"));
    const refusal = refusalOf(error);
    if (statusOf(refusal.code) >= 500) request.log.error({ err: error }, "request failed");
    return sendRefusal(reply, refusal);
  });
  app.setNotFoundHandler((_, reply) => sendRefusal(reply, refuse("not-found")));
}

/** What Fastify cannot even route, such as an address that does not decode: no hook has seen it. */
export function answerUnroutable(
  _error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendRefusal(reply.headers({ ...securityHeaders, "cache-control": "no-store" }), refuse("malformed"));
}

function refusalOf(error: unknown): Refusal {
  if (isStorageFull(error)) return refuse("storage-full");
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  return refuse(codeOfStatus(status));
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 413) return "too-large";
  if (status === 429) return "too-many";
  return status < 500 ? "malformed" : "internal";
}

export function createRegister(app: FastifyInstance, access: Access): Register {
  return (route, handler) => {
    const params = route.params && Compile(route.params);
    const query = route.query && Compile(route.query);
    const rawBody = route.body && "bytes" in route.body;
    const body = route.body && !rawBody ? Compile(route.body as TSchema) : undefined;

    function parse(request: FastifyRequest, bytes: Uint8Array): Result<Record<string, unknown>> {
      if (params && !params.Check(request.params))
        return refuse("malformed", firstFaultyField(params.Errors(request.params)));
      if (query && !query.Check(request.query))
        return refuse("malformed", firstFaultyField(query.Errors(request.query)));
      const decoded = body ? decodeCborWith(body, bytes) : ok(rawBody ? bytes : undefined);
      if (!decoded.ok) return decoded;
      return ok({ params: request.params, query: request.query, body: decoded.value });
    }

    app.route({
      method: route.method,
      url: route.path,
      ...(rawBody && { bodyLimit: (route.body as { bytes: number }).bytes }),
      async handler(request, reply) {
        const bytes = request.body instanceof Uint8Array ? new Uint8Array(request.body) : new Uint8Array(0);
        const caller = await identify(route, request, bytes, access);
        if (!caller.ok) return sendRefusal(reply, caller);
        const parsed = parse(request, bytes);
        if (!parsed.ok) return sendRefusal(reply, parsed);
        const answer = await handler({ ...parsed.value, ...caller.value } as never);
        if (!answer.ok) return sendRefusal(reply, answer);
        if (!isSignedIn(route)) access.byAddress.give(request.ip);
        if (route.answer === "bytes")
          return reply.type("application/octet-stream").send(Buffer.from(answer.value as Uint8Array));
        return reply.type(cborMediaType).send(Buffer.from(encodeCbor(answer.value)));
      },
    });
  };
}

/** Whether a token says who calls, so that nobody else from the same address is slowed down. */
const isSignedIn = ({ access }: Route): boolean => access === "opened" || access === "device";

async function identify(
  route: Route,
  request: FastifyRequest,
  body: Uint8Array,
  { proofs, signIn, byAddress, byDevice }: Access,
): Promise<Result<object>> {
  if (!isSignedIn(route) && !byAddress.take(request.ip)) return refuse("too-many");
  if (route.access === "public") return ok({});
  const header = request.headers.dpop;
  const proved = {
    method: request.method,
    target: request.url,
    body,
    proof: typeof header === "string" ? header : undefined,
  };
  if (route.access === "device-proof") {
    const key = await proofs.check(proved);
    if (!key.ok) return key;
    return proofs.spend(key.value) ? ok({ key: key.value }) : refuse("unauthorised");
  }
  const token = /^DPoP ([\w.-]{1,2048})$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return refuse("unauthorised");
  // The token first: without one that this server has given, nobody makes it verify signatures.
  const holder = await signIn.check(token);
  if (!holder.ok) return holder;
  const { device } = holder.value;
  const key = await proofs.check({ ...proved, token });
  if (!key.ok) return key;
  if (key.value.thumbprint !== device.thumbprint || !proofs.spend(key.value)) return refuse("unauthorised");
  if (!byDevice.take(device.deviceId)) return refuse("too-many");
  if (route.access === "opened" && device.level !== "opened") return refuse("not-opened");
  return ok({ device, origin: key.value.origin });
}

function sendRefusal(reply: FastifyReply, { code, field }: Refusal): FastifyReply {
  const problem = field === undefined ? { code } : { code, field };
  return reply
    .code(statusOf(code) || 500)
    .type(cborMediaType)
    .send(Buffer.from(encodeCbor(problem)));
}
