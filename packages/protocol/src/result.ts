/** Expected outcomes are returned, not thrown (STYLE: "Errors"). */
import type { ErrorCode } from "./errors.ts";

export type Ok<T> = { readonly ok: true; readonly value: T };
/** `field` names the offending field of the input, never its content. */
export type Refusal = { readonly ok: false; readonly code: ErrorCode; readonly field?: string };
export type Result<T> = Ok<T> | Refusal;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const refuse = (code: ErrorCode, field?: string): Refusal =>
  field === undefined ? { ok: false, code } : { ok: false, code, field };
