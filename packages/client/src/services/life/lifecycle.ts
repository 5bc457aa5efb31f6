/**
 * What state a device is in, from its first start to its end: not activated, locked, opened, destroyed. Whatever leads
 * from one to another stands here; what an opened device does is the account's.
 *
 *     not-activated ── activate ──→ locked ── open ──→ (agreement) ──→ ready
 *                                     ↑  └─────────── lock, order, token ended ──┘
 *     destroyed ←── tries used up, wipe order, evicted ── locked, ready
 */
import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Outside, Remains } from "../../capsule/outside.ts";
import { findOutside, mlsStoreNameOf, remainsChange } from "../../capsule/outside.ts";
import type { Contacted } from "../../opening/contact.ts";
import type { Opened, OpeningStep } from "../../opening/open-by-pin.ts";
import { waitFor } from "../../ports/clock.ts";
import type { Ports } from "../../ports/ports.ts";
import { StoreFull } from "../../ports/store.ts";
import type { Changes } from "../changes.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import type { Account } from "./account.ts";
import type { Consent } from "./activation.ts";
import { activationWhenNeeded } from "./activation-when-needed.ts";
import type { Home } from "./home.ts";
import { openHome } from "./home.ts";
import { openCapsule } from "./open-capsule.ts";
import type { Lifecycle, Phase } from "./phase.ts";
import { codeOf } from "./phase.ts";
import { sendReceipt, wipedBy } from "./send-receipt.ts";
import { watchLock } from "./watch-lock.ts";

/** So long the server may take to hear that the device has been locked. */
const signOutPatienceMs = 1_000;

export function createLifecycle(needs: { ports: Ports; calls: ServerCalls; changes: Changes }): Lifecycle {
  const { ports, calls, changes } = needs;
  const { storage, clock } = ports;
  const activation = activationWhenNeeded({ ...ports, calls });
  let phase: Phase = { phase: "starting" };
  let closed = false;
  /** The last account is on its way out: two on one store would break the ratchet. */
  let leaving: Promise<void> = Promise.resolve();

  const phaseNow = (): Phase => phase;
  function enter(next: Phase): void {
    if (phase.phase === "locked") phase.watch.close();
    phase = next;
    changes.tell({ of: "state" });
  }
  function failed(error: unknown): void {
    if (closed) return;
    leaveFor({ phase: "failed", code: codeOf(error) });
    ports.report(error);
  }
  const inBackground = (work: Promise<unknown>): void => void work.catch(failed);

  function lockedAt(home: Home): Phase {
    const watch = watchLock(ports, home, {
      changed: () => changes.tell({ of: "state" }),
      contacted: (contacted) => inBackground(follow(home, contacted)),
      failed,
    });
    return { phase: "locked", home, watch };
  }

  async function boot(): Promise<void> {
    const found = await findOutside(storage);
    switch (found.found) {
      case "nothing":
        return enter({ phase: "not-activated" });
      case "old-format":
        return enter({ phase: "old-format" });
      case "remains":
        return wipe(found.remains, undefined);
      case "evicted":
        return wipe({ format: 1, why: "evicted" }, undefined);
      case "device":
        return bootDevice(found.outside);
      default:
        return found satisfies never;
    }
  }

  async function bootDevice(outside: Outside): Promise<void> {
    if (outside.state().pending) {
      // The same bytes again: either the device is in the circle, or it never was.
      const posted = await activation.post(outside);
      if (!posted.ok) {
        if (posted.final) await discard(outside);
        return enter({ phase: "not-activated" });
      }
    }
    await enterDevice(outside);
  }

  async function enterDevice(outside: Outside): Promise<Result<Home>> {
    const home = await openHome({ ports, calls, outside });
    if (!home.ok) {
      enter({ phase: "failed", code: home.code });
      return home;
    }
    home.value.organisation.onNewer(() => inBackground(judgeAnew(home.value)));
    enter(lockedAt(home.value));
    return home;
  }

  /** A newer manifest may strike out whoever locked or unlocked this device, or signed what is asked about. */
  async function judgeAnew(home: Home): Promise<void> {
    if (!("home" in phase) || phase.home !== home) return;
    if (phase.phase === "agreement" && !home.contact.agreement()) enter(lockedAt(home));
    await follow(home, { outcome: "fine" });
  }

  /** What the server has said is carried out, whatever the state. @returns whether the device may go on. */
  async function follow(home: Home, contacted: Contacted): Promise<Result<void>> {
    switch (contacted.outcome) {
      case "wiped":
        await wipe(wipedBy(home.outside, contacted), home);
        return refuse("capsule-destroyed");
      case "destroyed":
        await wipe({ format: 1, why: "tries" }, home);
        return refuse("capsule-destroyed");
      case "ended":
        leaveFor({ phase: "ended" });
        return refuse("device-ended");
      case "unreachable":
        // Whether the two fit stands on the lock screen.
        changes.tell({ of: "state" });
        return refuse(contacted.code);
      case "fine":
        await home.keepRules();
        changes.tell({ of: "state" });
        if (home.inForce().lockedBy === undefined) return ok(undefined);
        if (phase.phase === "ready") relock(home);
        return refuse("device-locked");
      default:
        return contacted satisfies never;
    }
  }

  /** Goes on to another state at once, and closes what was open behind it. */
  function leaveFor(next: Phase): void {
    const before = phase;
    enter(next);
    if (before.phase !== "ready") return;
    before.opened.capsuleKey.fill(0);
    leaving = before.account.close(next.phase === "locked");
    inBackground(leaving);
  }

  function relock(home: Home): void {
    home.logins.forget();
    leaveFor(lockedAt(home));
  }

  /**
   * Everything goes; what is left says why. A receipt that is due stays with it, and the device's key for as long as the
   * server has not taken it, so that no crash in between makes the order look as if it had not been carried out.
   */
  async function wipe(why: Remains, home: Home | undefined): Promise<void> {
    const passkey = home?.outside.state().passkey;
    const remains: Remains = { ...why, ...(passkey !== undefined && { passkey }) };
    // A crash in between goes on with it at the next start; a disk without space must not stop it.
    await storage.write([remainsChange(remains)], "strict").catch((error: unknown) => {
      if (!(error instanceof StoreFull)) throw error;
    });
    leaveFor({ phase: "destroyed", remains });
    await leaving;
    await storage.destroy();
    await storage.write([remainsChange(remains)], "strict");
    await ports.wipeE2ee(home && mlsStoreNameOf(home.outside.device));
    inBackground(confirm(remains));
  }

  async function confirm({ due, ...remains }: Remains): Promise<void> {
    const isOver = (): boolean => closed || phase.phase !== "destroyed";
    if (!due || !(await sendReceipt(due, { ports, calls, isOver })) || isOver()) return;
    await storage.write([remainsChange(remains)], "strict");
  }

  async function discard(outside: Outside): Promise<void> {
    await storage.destroy();
    await ports.wipeE2ee(mlsStoreNameOf(outside.device));
  }

  /** Whether this device is still where somebody may open it. */
  const isWaitingFor = (home: Home): boolean => {
    const now = phaseNow();
    const isHere = (now.phase === "locked" || now.phase === "agreement") && now.home === home;
    return isHere && home.inForce().lockedBy === undefined;
  };

  async function enterOpened(home: Home, opened: Opened): Promise<Result<Account>> {
    const made = await openCapsule({
      ports,
      calls,
      changes,
      home,
      opened,
      failed: (error) => {
        if (phase.phase === "ready" && phase.opened === opened) failed(error);
      },
      ended: (code) => inBackground(onSessionEnded(home, opened, code)),
      ordersChanged: () => inBackground(home.contact.afresh().then((contacted) => follow(home, contacted))),
    });
    switch (made.outcome) {
      case "swapped":
        await discard(home.outside);
        enter({ phase: "not-activated" });
        return refuse("activation-swapped");
      case "evicted":
        await wipe({ format: 1, why: "evicted" }, home);
        return refuse("capsule-destroyed");
      case "refused":
        return refuse(made.code);
      case "opened":
        break;
      default:
        return made satisfies never;
    }
    const { account } = made;
    // An order may have come while it was being opened.
    if (!isWaitingFor(home)) {
      await account.close(false);
      return refuse("device-locked");
    }
    enter({ phase: "ready", home, opened, account });
    account.start();
    return ok(account);
  }

  /** The server lets no more content go: orders are asked for, and the capsule is closed. */
  async function onSessionEnded(home: Home, opened: Opened, _: ErrorCode): Promise<void> {
    if (phase.phase !== "ready" || phase.opened !== opened) return;
    relock(home);
    await follow(home, await home.contact.now());
  }

  async function afterStep(home: Home, step: OpeningStep): Promise<Result<void>> {
    if (!isWaitingFor(home)) return refuse("device-locked");
    if (step.step === "opened" && !home.contact.agreement()) {
      const entered = await enterOpened(home, step.opened);
      return entered.ok ? ok(undefined) : entered;
    }
    const agreement = home.contact.agreement();
    if (!agreement) return refuse("unavailable");
    const resume = step.step === "opened" ? async () => ok(step.opened) : step.resume;
    enter({ phase: "agreement", home, agreement, resume });
    return ok(undefined);
  }

  /** A step that did not go: what the server thinks of it now stands on the lock screen. */
  async function afterRefusal(home: Home, code: ErrorCode): Promise<Result<void>> {
    const isUsedUp = code === "pin-wrong" && home.logins.triesLeft() === 0;
    if (code === "capsule-destroyed" || isUsedUp) {
      const contacted = await home.contact.now();
      const followed = await follow(
        home,
        contacted.outcome === "wiped" ? contacted : { outcome: "destroyed" },
      );
      return followed.ok ? refuse(code) : followed;
    }
    if (code === "unauthorised" && home.outside.state().isUnseen) {
      // A server that took the genesis and does not know the device has put something else in its place (D5).
      await discard(home.outside);
      enter({ phase: "not-activated" });
      return refuse("activation-swapped");
    }
    if (code !== "no-network") await follow(home, await home.contact.now());
    return refuse(code);
  }

  let opening = false;
  /** One opening at a time. What the disk or the encryption throws at it is told, and ends it. */
  async function once(work: () => Promise<Result<void>>): Promise<Result<void>> {
    if (opening) return refuse("unauthorised");
    opening = true;
    try {
      await leaving;
      const done = await work();
      if (!done.ok && done.code === "capsule-damaged") enter({ phase: "failed", code: done.code });
      return done;
    } catch (error) {
      failed(error);
      return refuse(codeOf(error));
    } finally {
      opening = false;
    }
  }
  const onceLocked = (work: (home: Home) => Promise<Result<void>>): Promise<Result<void>> => {
    if (phase.phase !== "locked") return Promise.resolve(refuse("unauthorised"));
    const { home } = phase;
    return once(() => work(home));
  };

  const open: Lifecycle["open"] = (attempt) =>
    onceLocked(async (home) => {
      const contacted = await home.contact.now();
      // A restored or lying server may not know a device that it has just taken.
      if (contacted.outcome === "unreachable" && contacted.code === "unauthorised")
        return afterRefusal(home, "unauthorised");
      const followed = await follow(home, contacted);
      if (!followed.ok) return followed;
      const step = await attempt(home);
      return step.ok ? afterStep(home, step.value) : afterRefusal(home, step.code);
    });

  async function activate(link: string, consent: Consent): Promise<Result<Account>> {
    if (phase.phase !== "not-activated") return refuse("activation-used");
    const found = await findOutside(storage);
    const begun = found.found === "device";
    const outside = begun ? ok(found.outside) : await activation.prepare(link, consent);
    if (!outside.ok) return outside;
    const posted = await activation.post(outside.value);
    if (!posted.ok) {
      if (!posted.final) return refuse(posted.code);
      await discard(outside.value);
      // What had been begun with another letter is over: this one has not been tried yet.
      return begun ? activate(link, consent) : refuse(posted.code);
    }
    const home = await enterDevice(outside.value);
    if (!home.ok) return home;
    const step = await open((at) => at.byPin(consent.pin));
    if (!step.ok) return step;
    const now = phaseNow();
    return now.phase === "ready" ? ok(now.account) : refuse("agreement-required");
  }

  return {
    phase: phaseNow,
    activation,
    otherTab: () => enter({ phase: "other-tab" }),
    boot,
    activate,
    open,
    openOffline: (attempt) =>
      onceLocked(async (home) => {
        const step = await attempt(home);
        if (!step.ok) return step;
        return step.value.step === "opened" ? afterStep(home, step.value) : refuse("internal");
      }),
    async acceptAgreement(version) {
      if (phase.phase !== "agreement") return refuse("unauthorised");
      const { home, resume } = phase;
      return once(async () => {
        const accepted = await home.contact.accept(version);
        if (!accepted.ok) return accepted;
        const opened = await resume();
        if (opened.ok) {
          const entered = await enterOpened(home, opened.value);
          return entered.ok ? ok(undefined) : entered;
        }
        // Read for too long, or locked meanwhile: the PIN is needed once more.
        if (opened.code !== "no-network") enter(lockedAt(home));
        return opened;
      });
    },
    async refusedWhileOpen(code) {
      if (phase.phase !== "ready") return refuse(code);
      const refused = await afterRefusal(phase.home, code);
      return refused.ok ? refuse(code) : refused;
    },
    lockOf: (home) => ({ ...home.lock(), waiting: phase.phase === "locked" && phase.watch.isWaiting() }),
    async lock() {
      if (phase.phase === "agreement") return enter(lockedAt(phase.home));
      if (phase.phase !== "ready") return;
      const { home, account } = phase;
      relock(home);
      // Whoever opens again waits for it: the server takes no sign-in that began before.
      const signOut = () => Promise.race([account.signOut(), waitFor(clock, signOutPatienceMs)]);
      leaving = Promise.all([leaving, account.settle().then(signOut)]).then(() => undefined);
      await leaving;
    },
    async startAfresh() {
      const { phase: now } = phase;
      if (now !== "destroyed" && now !== "old-format" && now !== "failed" && now !== "ended") return;
      await storage.destroy();
      await ports.wipeE2ee(undefined);
      enter({ phase: "not-activated" });
    },
    failed,
    async close() {
      closed = true;
      const before = phase;
      if (before.phase === "locked") before.watch.close();
      if (before.phase === "ready") await before.account.close(true);
    },
  };
}
