/**
 * HTTP routes as data: method, path, shapes, how the caller is known, and the errors that can come back. Server and
 * client use the same rows; the OpenAPI document is made from them. Bodies and answers are CBOR unless a route says bytes.
 */
import type { TSchema } from "typebox";
import type { ErrorCode } from "../errors.ts";

/**
 * - `public`: anybody; what comes in proves itself by its signatures.
 * - `device-proof`: DPoP proof (RFC 9449) by the device key with the server's nonce, no token yet.
 * - `device`: access token of a device that has proved its key (step one), with a DPoP proof of the same key.
 * - `opened`: access token of a device that was opened as well (step two), with a DPoP proof of the same key.
 */
export type RouteAccess = "public" | "device-proof" | "device" | "opened";

export type Route<
  Params extends TSchema = TSchema,
  Query extends TSchema = TSchema,
  Body extends TSchema = TSchema,
  Answer extends TSchema = TSchema,
> = {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Fastify path, parameters as `:name`. */
  path: string;
  summary: string;
  access: RouteAccess;
  params?: Params;
  query?: Query;
  /** A schema for CBOR, or `bytes` for a raw body of at most that many bytes. */
  body?: Body | { bytes: number };
  /** A schema for CBOR, or `bytes` for a raw answer. */
  answer: Answer | "bytes";
  /** Refusals of this route's own; what its access and every request can end in is added by {@link errorsOf}. */
  errors: readonly ErrorCode[];
};

/** What becomes of whoever is no device, or one that may not go on. */
const accessErrors: Record<RouteAccess, readonly ErrorCode[]> = {
  public: [],
  "device-proof": ["nonce-required", "unauthorised"],
  // Also for a token of the second step, which ends with what ends the opening.
  device: [
    "nonce-required",
    "unauthorised",
    "device-ended",
    "device-locked",
    "private-not-allowed",
    "capsule-destroyed",
  ],
  opened: [
    "nonce-required",
    "unauthorised",
    "device-ended",
    "device-locked",
    "private-not-allowed",
    "capsule-destroyed",
    "not-opened",
  ],
};
/** Any request may be no request, too much, from a foreign page, or meet a server that is in trouble. */
const requestErrors: readonly ErrorCode[] = [
  "malformed",
  "wrong-origin",
  "too-large",
  "too-many",
  "storage-full",
  "internal",
];

/** Every refusal that a route can answer, each once. */
export const errorsOf = ({ access, errors }: Pick<Route, "access" | "errors">): readonly ErrorCode[] => [
  ...new Set([...errors, ...accessErrors[access], ...requestErrors]),
];

/** Keeps the literal types of a row. */
export const route = <const R extends Route>(row: R): R => row;

/** Header with the server's nonce for the next proof (RFC 9449, section 8). */
export const nonceHeader = "dpop-nonce";
export const cborMediaType = "application/cbor";
