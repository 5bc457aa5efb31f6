/** The state a device is in, each with what it has in hand. */
import { StoreNotWritten } from "@nimes/e2ee/core-crypto/durable-writes";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import { CapsuleDamaged } from "../capsule/capsule-damaged.ts";
import type { Remains } from "../capsule/outside.ts";
import type { Opened } from "../opening/open-by-pin.ts";
import { StoreFull } from "../ports/store.ts";
import type { Account } from "./account.ts";
import type { Home } from "./home.ts";
import type { LockWatch } from "./watch-lock.ts";

export type Phase =
  | { phase: "starting" }
  | { phase: "not-activated" }
  | { phase: "other-tab" }
  | { phase: "locked"; home: Home; watch: LockWatch }
  | { phase: "agreement"; home: Home; agreement: UsageAgreement; resume(): Promise<Result<Opened>> }
  | { phase: "destroyed"; remains: Remains }
  | { phase: "old-format" }
  | { phase: "ready"; home: Home; opened: Opened; account: Account }
  | { phase: "ended" }
  | { phase: "failed"; code: ErrorCode };

/** What people are told of something that was thrown. */
export const codeOf = (error: unknown): ErrorCode =>
  // The encryption's own store stops for good when it cannot be written; a new start goes on from there.
  error instanceof StoreFull || error instanceof StoreNotWritten
    ? "device-storage-full"
    : error instanceof CapsuleDamaged
      ? "capsule-damaged"
      : "internal";
