/** The states that a device is in, each with what it has in hand, and what leads from one to another. */
import { StoreNotWritten } from "@nimes/e2ee/core-crypto/durable-writes";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import type { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import { CapsuleDamaged } from "../../capsule/capsule-damaged.ts";
import type { Remains } from "../../capsule/outside.ts";
import type { Lock } from "../../nimes-client.ts";
import type { Opened, OpeningStep } from "../../opening/open-by-pin.ts";
import { StoreFull } from "../../ports/store.ts";
import type { Account } from "./account.ts";
import type { Activation, Consent } from "./activation.ts";
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

/** What leads from one state to another. */
export type Lifecycle = {
  phase(): Phase;
  activation: Activation;
  otherTab(): void;
  boot(): Promise<void>;
  activate(link: string, consent: Consent): Promise<Result<Account>>;
  /** Step two, by whatever means; orders are asked for and carried out before. */
  open(attempt: (home: Home) => Promise<Result<OpeningStep>>): Promise<Result<void>>;
  openOffline(attempt: (home: Home) => Promise<Result<OpeningStep>>): Promise<Result<void>>;
  acceptAgreement(version: number): Promise<Result<void>>;
  /** The second step was refused to somebody who has the capsule open; that may have been the last try. */
  refusedWhileOpen(code: ErrorCode): Promise<Result<never>>;
  lockOf(home: Home): Lock;
  lock(): Promise<void>;
  startAfresh(): Promise<void>;
  failed(error: unknown): void;
  close(): Promise<void>;
};

/** What people are told of something that was thrown. */
export const codeOf = (error: unknown): ErrorCode =>
  // The encryption's own store stops for good when it cannot be written; a new start goes on from there.
  error instanceof StoreFull || error instanceof StoreNotWritten
    ? "device-storage-full"
    : error instanceof CapsuleDamaged
      ? "capsule-damaged"
      : "internal";
