/** What the user interface calls to open, close and look after the capsule. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { NimesClient } from "../../nimes-client.ts";
import { changePin } from "../../opening/change-pin.ts";
import { confirmedAll } from "../../opening/passkey-notices.ts";
import * as passkeys from "../../opening/passkeys.ts";
import { provePin } from "../../opening/prove-pin.ts";
import { judgePin } from "../../pin/pin-rules.ts";
import type { Ports } from "../../ports/ports.ts";
import { StoreFull } from "../../ports/store.ts";
import type { Session } from "../connection/session.ts";
import type { Account } from "./account.ts";
import type { Home } from "./home.ts";
import type { Lifecycle } from "./phase.ts";

export type SecondStep = Pick<
  NimesClient,
  | "judgePin"
  | "open"
  | "passkeyRequest"
  | "openWithPasskey"
  | "passkeyCreation"
  | "addPasskey"
  | "removePasskey"
  | "confirmPasskeyNotice"
  | "changePin"
  | "acceptAgreement"
  | "rules"
  | "agreement"
  | "lock"
  | "startAfresh"
>;

type OpenHome = { home: Home; account: Account; capsuleKey: Uint8Array<ArrayBuffer> };

export function createSecondStep(ports: Ports, life: Lifecycle): SecondStep {
  const { clock, serverUrl } = ports;

  async function opened<T>(work: (open: OpenHome) => Promise<Result<T>>): Promise<Result<T>> {
    const phase = life.phase();
    if (phase.phase !== "ready") return refuse("not-opened");
    const { home, account, opened: capsule } = phase;
    try {
      return await work({ home, account, capsuleKey: capsule.capsuleKey });
    } catch (error) {
      if (error instanceof StoreFull) return refuse("device-storage-full");
      throw error;
    }
  }
  const needs = ({ outside, organisation }: Home, session: Session) => ({
    ...{ outside, organisation, session },
    ...{ clock, serverUrl },
  });

  return {
    judgePin,
    open: (pin) => life.open((home) => home.byPin(pin)),
    async passkeyRequest() {
      const phase = life.phase();
      if (phase.phase !== "locked") return refuse("unauthorised");
      const { home } = phase;
      const online = await passkeys.passkeyRequest(needs(home, home.session));
      if (online.ok) return ok({ options: online.value, offline: false });
      if (online.code !== "no-network") return online;
      await home.keepRules();
      const offline = passkeys.offlinePasskeyRequest(needs(home, home.session));
      return offline.ok ? ok({ options: offline.value, offline: true }) : offline;
    },
    openWithPasskey: ({ response, prf }) =>
      response === null
        ? life.openOffline((home) => passkeys.openOffline(needs(home, home.session), prf))
        : life.open((home) => passkeys.openByPasskey(needs(home, home.session), { response, prf })),
    passkeyCreation: (pin) =>
      opened(async ({ home, account }) => {
        const proved = await provePin(home.logins, pin);
        if (!proved.ok) return pin === undefined ? proved : life.refusedWhileOpen(proved.code);
        return passkeys.passkeyCreation(needs(home, account.session), proved.value);
      }),
    addPasskey: (created) =>
      opened(async ({ home, account, capsuleKey }) => {
        const proved = await provePin(home.logins, undefined);
        if (!proved.ok) return proved;
        const added = { ...created, capsuleKey };
        return passkeys.addPasskey(needs(home, account.session), proved.value, added);
      }),
    confirmPasskeyNotice: () =>
      opened(async ({ home }) => {
        await home.outside.change(confirmedAll);
        return ok(undefined);
      }),
    removePasskey: () => opened(({ home, account }) => passkeys.removePasskey(needs(home, account.session))),
    changePin: (pins) =>
      opened(async ({ home, account }) => {
        const { pinMinLength } = home.inForce().rules;
        const { verdict } = await judgePin(pins.next, pinMinLength);
        if (verdict !== "good") return refuse("pin-unsuitable");
        const { outside, logins } = home;
        const changed = await changePin({ ...ports, outside, logins, session: account.session }, pins);
        return changed.ok ? ok(undefined) : life.refusedWhileOpen(changed.code);
      }),
    acceptAgreement: (version) => life.acceptAgreement(version),
    async rules() {
      const phase = life.phase();
      return "home" in phase ? phase.home.rules() : undefined;
    },
    agreement: () => opened(({ home }) => home.readAgreement()),
    lock: () => life.lock(),
    startAfresh: () => life.startAfresh(),
  };
}
