/**
 * Claims: what the server says and nothing that is signed, sealed or counted has confirmed yet. A schema marks such a
 * field with {@link Claim}. Whoever writes a frame writes the plain value; whoever hears one gets a type that fits
 * nowhere until somebody has judged it. `docs/claims.md` lists all that the server says, these fields among it.
 */

import type * as Type from "typebox";
import type { Static, TSchema } from "typebox";
import { decodeCbor } from "./cbor.ts";
import type { Result } from "./result.ts";

declare const said: unique symbol;
declare const claimed: unique symbol;

/** A field of a schema that is a claim: a plain value for whoever writes it. */
export type Said<T> = T & { readonly [said]?: T };
/** The same for whoever hears it. At run time it is the value itself. */
export type Claimed<T> = { readonly [claimed]: T };

/** What a value of the protocol is for whoever hears it from the server: its claims are {@link Claimed}. */
export type Heard<T> = T extends string | number | boolean | null | undefined | Uint8Array
  ? HeardValue<T>
  : { [Name in keyof T]: Heard<T[Name]> };

type HeardValue<T> = typeof said extends keyof T
  ? T extends { readonly [said]?: infer Value }
    ? Claimed<Exclude<Value, undefined>>
    : never
  : T;

/** Marks a field as a claim; the schema stays what it is. */
export const Claim = <Schema extends TSchema>(schema: Schema) =>
  schema as unknown as Type.TUnsafe<Said<Static<Schema>>>;

/** {@link decodeCbor} of what the server has sent. */
export const decodeHeard = <Schema extends TSchema>(
  schema: Schema,
  bytes: Uint8Array,
): Result<Heard<Static<Schema>>> => decodeCbor(schema, bytes) as Result<Heard<Static<Schema>>>;

/** What is claimed, for whoever compares or verifies it right there. */
export const weigh = <T>(claim: Claimed<T>): T => claim as unknown as T;
/** A claimed number, no larger than is plausible. */
export const atMost = (most: number, claim: Claimed<number>): number => Math.min(most, weigh(claim));
/** A claimed number between what is plausible at least and at most. */
export const within = ({ least, most }: { least: number; most: number }, claim: Claimed<number>): number =>
  Math.min(most, Math.max(least, weigh(claim)));

/** A value as a server says it, for tests that stand in for one. */
export const claimOf = <T>(value: T): Claimed<T> => value as unknown as Claimed<T>;
