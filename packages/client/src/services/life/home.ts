/** All that a device can do while its capsule is closed: ask the server what holds, and try to open. */
import type { Result } from "@nimes/protocol/result";
import { ok, refuse } from "@nimes/protocol/result";
import type { Outside } from "../../capsule/outside.ts";
import type { InForce } from "../../core/in-force.ts";
import { inForce } from "../../core/in-force.ts";
import type { Agreement, Lock, Rules } from "../../nimes-client.ts";
import type { Contact } from "../../opening/contact.ts";
import { createContact } from "../../opening/contact.ts";
import { offlineUntil } from "../../opening/offline.ts";
import type { OpeningStep } from "../../opening/open-by-pin.ts";
import { openByPin } from "../../opening/open-by-pin.ts";
import { noticeAtLock, noticeInside } from "../../opening/passkey-notices.ts";
import { withoutOffline, withoutPasskey } from "../../opening/passkeys.ts";
import type { PinLogins } from "../../opening/pin-login.ts";
import { createPinLogins } from "../../opening/pin-login.ts";
import type { Ports } from "../../ports/ports.ts";
import { StoreFull } from "../../ports/store.ts";
import type { ServerCalls } from "../connection/server-calls.ts";
import type { Session } from "../connection/session.ts";
import { createDeviceSession } from "../connection/session.ts";
import type { Organisation } from "../people/organisation.ts";
import { loadOrganisation } from "../people/organisation.ts";
import { fetchAgreement, shownAgreement } from "./agreement.ts";

export type Home = {
  outside: Outside;
  organisation: Organisation;
  /** Of step one. */
  session: Session;
  contact: Contact;
  logins: PinLogins;
  /** What holds here, by the newest manifest that is known. */
  inForce(): InForce;
  lock(): Omit<Lock, "waiting">;
  rules(): Rules;
  /** The agreement in force. */
  readAgreement(): Promise<Result<Agreement | undefined>>;
  byPin(pin: string): Promise<Result<OpeningStep>>;
  /** Deletes what the rules or the clock do not allow to be there any more. */
  keepRules(): Promise<void>;
};

/** The answer to a wrong PIN may be newer than the last contact. */
function triesOf(contact: Contact, logins: PinLogins): ReturnType<Contact["tries"]> {
  const tries = contact.tries();
  const left = logins.triesLeft();
  if (left === undefined) return tries;
  return { ...tries, triesLeft: Math.min(left, tries.triesLeft ?? left) };
}

/** How much later a moment is before it is written down as the latest that was seen. */
const clockStepMs = 60_000;

/** @returns why the stored organisation does not verify, should somebody have changed it. */
export async function openHome(needs: {
  ports: Ports;
  calls: ServerCalls;
  outside: Outside;
}): Promise<Result<Home>> {
  const { ports, calls, outside } = needs;
  const { clock } = ports;
  const { deviceId, deviceKeys } = outside.device;
  const organisation = await loadOrganisation(outside, calls);
  if (!organisation.ok) return organisation;
  const session = createDeviceSession({ calls, clock, deviceKeys, deviceId });
  const common = { ...ports, outside, session };
  const contact = createContact({ ...common, organisation: organisation.value });
  const logins = createPinLogins(common);

  const holds = (): InForce => inForce(outside.state(), organisation.value.current().manifest);
  const offlineEnd = (): number | undefined => offlineUntil(outside.state(), holds(), clock.now());

  return ok({
    outside,
    organisation: organisation.value,
    session,
    contact,
    logins,
    inForce: holds,
    lock() {
      const { displayName, deviceClass, passkey } = outside.state();
      const { lockedBy } = holds();
      const until = outside.capsule().offlineWrap && offlineEnd();
      const passkeyAdded = noticeAtLock(outside.state(), clock.now());
      const misfit = contact.misfit();
      return {
        displayName,
        deviceClass,
        ...triesOf(contact, logins),
        ...contact.clock(),
        ...(misfit && { misfit }),
        passkey: passkey !== undefined,
        ...(passkeyAdded && { passkeyAdded }),
        ...(until !== undefined && { offlineUntil: until }),
        ...(lockedBy !== undefined && { order: { reason: lockedBy } }),
      };
    },
    rules() {
      const state = outside.state();
      const { policy, rules } = holds();
      const passkeyAdded = noticeInside(state);
      return {
        policyVersion: policy?.version ?? 0,
        deviceClass: state.deviceClass,
        policy: rules,
        passkey: state.passkey !== undefined,
        ...(state.passkey !== undefined && { passkeyId: state.passkey }),
        ...(passkeyAdded && { passkeyAdded }),
      };
    },
    async readAgreement() {
      const fetched = await fetchAgreement(calls, organisation.value.current());
      if (!fetched.ok) return fetched;
      if (!fetched.value) return ok(undefined);
      const { agreement } = fetched.value;
      // An older one than was seen from a key that counts is not the one in force.
      return agreement.version < holds().seenAgreement ? refuse("outdated") : ok(shownAgreement(agreement));
    },
    byPin: (pin) => openByPin({ outside, logins }, pin),
    async keepRules() {
      await outside.changeCapsule((capsule) => {
        const { passkeyWrap, offlineWrap } = capsule;
        if (passkeyWrap && outside.state().passkey === undefined) return withoutPasskey(capsule);
        return offlineWrap && offlineEnd() === undefined ? withoutOffline(capsule) : capsule;
      });
      const now = clock.now();
      const { latestClock } = outside.state();
      if (latestClock !== undefined && now > latestClock + clockStepMs)
        await outside
          .change((state) => ({ ...state, latestClock: now }))
          .catch((error: unknown) => {
            // Without space it is written down at the next look.
            if (!(error instanceof StoreFull)) throw error;
          });
    },
  });
}
