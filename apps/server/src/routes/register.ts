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
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { Buckets } from "../core/bucket.ts";
import type { Nonces } from "../services/nonces.ts";
import type { Proofs, ProvedKey } from "../services/proofs.ts";
import type { SignedIn, SignIn } from "../services/sign-in.ts";

type Part<S> = S extends { bytes: number } ? Uint8Array : S extends TSchema ? Static<S> : undefined;
type Caller<R extends Route> = R["access"] extends "token" | "device"
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
  /** Requests of a caller who has not signed in yet, by address. A whole station may share one. */
  byAddress: Buckets;
  /** Requests of a signed-in device (S7). */
  byDevice: Buckets;
};
export type Register = <R extends Route>(route: R, handler: Handler<R>) => void;

/** Once for each Fastify instance: raw bodies, nonces, refusals. */
export function prepareFastify(app: FastifyInstance, { nonces }: Access): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    [cborMediaType, "application/octet-stream"],
    { parseAs: "buffer" },
    (_, body, done) => done(null, body),
  );
  app.addHook("onSend", async (_request, reply) => {
    reply.header(nonceHeader, nonces.current());
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, "request failed");
    return sendRefusal(reply, refuse(codeOfStatus(status)));
  });
  app.setNotFoundHandler((_, reply) => sendRefusal(reply, refuse("not-found")));
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
        if (route.answer === "bytes")
          return reply.type("application/octet-stream").send(Buffer.from(answer.value as Uint8Array));
        return reply.type(cborMediaType).send(Buffer.from(encodeCbor(answer.value)));
      },
    });
  };
}

async function identify(
  route: Route,
  request: FastifyRequest,
  body: Uint8Array,
  { proofs, signIn, byAddress, byDevice }: Access,
): Promise<Result<object>> {
  const isSignedIn = route.access === "token" || route.access === "device";
  if (!isSignedIn && !byAddress.take(request.ip)) return refuse("too-many");
  if (route.access === "public") return ok({});
  const header = request.headers.dpop;
  const proved = {
    method: request.method,
    path: request.url.split("?", 1)[0] ?? "",
    body,
    proof: typeof header === "string" ? header : undefined,
  };
  if (route.access === "device-proof") {
    const key = await proofs.check(proved);
    return key.ok ? ok({ key: key.value }) : key;
  }
  const token = /^DPoP ([\w.-]{1,2048})$/.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return refuse("unauthorised");
  const key = await proofs.check({ ...proved, token });
  if (!key.ok) return key;
  const device = await signIn.check(token, key.value);
  if (!device.ok) return device;
  if (!byDevice.take(device.value.deviceId)) return refuse("too-many");
  if (route.access === "token" && device.value.level !== "opened") return refuse("not-opened");
  return ok({ device: device.value, origin: key.value.origin });
}

function sendRefusal(reply: FastifyReply, { code, field }: Refusal): FastifyReply {
  const problem = field === undefined ? { code } : { code, field };
  return reply
    .code(statusOf(code) || 500)
    .type(cborMediaType)
    .send(Buffer.from(encodeCbor(problem)));
}
