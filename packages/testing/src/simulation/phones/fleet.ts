/** The phones of a world: how they come, sleep, wake, and are replaced by others of the same officers. */
import { fetchHttp } from "@nimes/client/adapters/fetch-http";
import { createMemoryStorage } from "@nimes/client/adapters/node/memory-storage";
import { webSockets } from "@nimes/client/adapters/web-sockets";
import { weekly } from "@nimes/client/core/renewal";
import type { Http } from "@nimes/client/ports/http";
import type { Sockets } from "@nimes/client/ports/socket";
import type { E2ee } from "@nimes/e2ee/e2ee";
import { openE2ee } from "@nimes/e2ee/open-e2ee";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import { crashOf } from "../../network/crash.ts";
import { fastClock } from "../../network/fast-clock.ts";
import { createFaultyNetwork, noFaults } from "../../network/faulty-sockets.ts";
import { enrolAgain, type TestLetter } from "../../organisation.ts";
import * as act from "../../scenarios/officers.ts";
import type { OpenWorld } from "../../scenarios/open-world.ts";
import type { Ledger } from "../ledger.ts";
import type { Liar } from "../lies/liar.ts";
import { type AnsweredBefore, lyingHttp } from "../lies/lying-http.ts";
import { lyingSockets } from "../lies/lying-sockets.ts";
import type { SentBefore } from "../lies/retell-frame.ts";
import { type Random, randomOf } from "../random.ts";
import { callOf, isAlive, isAwake, type Phone } from "./phone.ts";
import { watchE2ee } from "./watch-e2ee.ts";

/** Delays pass so many times faster. */
const hurry = 20;

/** Keys are renewed after a few words, and not once a week. */
const keyPace = { ...weekly, renewAfterMessages: 3, shortestPauseMs: 15_000 };

export type Fleet = {
  readonly phones: readonly Phone[];
  join(name: string): Promise<Phone>;
  /** Opens a phone that sleeps, has died, was locked or gave up. @returns whether it is open now. */
  wake(phone: Phone): Promise<boolean>;
  sleep(phone: Phone): Promise<void>;
  /** The same officer with a new letter, and nothing of what was on the old phone. */
  replace(phone: Phone): Promise<void>;
  /** Requests get lost from now on. */
  spoil(): void;
  /** Requests arrive from now on, and nobody dies any more. */
  heal(): void;
  close(): Promise<void>;
};

export function createFleet(needs: { here: OpenWorld; liar: Liar; ledger: Ledger; seed: number }): Fleet {
  const { here, liar, ledger, seed } = needs;
  let starts = 0;
  const phones: Phone[] = [];
  const sentBefore: SentBefore = new Map();
  const answeredBefore: AnsweredBefore = new Map();
  let isRadioBad = false;

  /** Requests that get lost, half of them after the server has done what was asked. */
  const badRadio = (inner: Http, seat: Seat, random: Random): Http => ({
    async send(request) {
      if (!isRadioBad || !seat.phone || !random.chance(0.06)) return inner.send(request);
      if (random.chance(0.5)) await inner.send(request);
      return refuse("no-network");
    },
  });

  const nameOf = (clientId: ClientId): string =>
    phones.find(({ letter }) => letter.userId === userOf(clientId))?.name ?? "somebody unknown";

  /** What a phone's ports belong to, before there is a phone and when it starts again. */
  type Seat = { name: string; phone?: Phone; opened?: E2ee };
  function portsOf(seat: Seat, storage = createMemoryStorage()) {
    starts += 1;
    const random = randomOf(seed, "radio", seat.name, starts);
    const sent = { requests: 0, frames: 0, sinceMs: Date.now() };
    const inner = lyingHttp(fetchHttp, { officer: seat.name, liar, answeredBefore });
    const counted: Http = {
      send(request) {
        sent.requests += 1;
        return inner.send(request);
      },
    };
    const lying = lyingSockets(countedSockets(webSockets, sent), { officer: seat.name, liar, sentBefore });
    const network = createFaultyNetwork(lying, noFaults);
    const crash = crashOf(
      {
        http: badRadio(counted, seat, random),
        storage,
        sockets: network.sockets,
        openE2ee: async (options) => {
          const opened = watchE2ee(await openE2ee(options), { phone: () => seat.phone, ledger, nameOf });
          if (seat.phone) seat.phone.e2ee = opened;
          seat.opened = opened;
          return opened;
        },
      },
      random.chance(0.5) ? "before" : "behind",
    );
    return { storage, network, crash, sent };
  }

  async function activate(name: string, letter: TestLetter) {
    const seat: Seat = { name };
    const made = portsOf(seat);
    // What a server can do to an activation is looked at where the activation is tested.
    liar.spare(name, true);
    const officer = await act.activateOfficer(
      { ...here.world, letterFor: async () => letter.linkAt(here.world.serverUrl) },
      name,
      { ...made.crash.ports, clock: fastClock(hurry), keyPace },
    );
    liar.spare(name, false);
    return { seat, made: { ...made, officer, letter, e2ee: seat.opened } };
  }

  async function join(name: string): Promise<Phone> {
    const { seat, made } = await activate(name, await here.enrol(name));
    const phone: Phone = {
      name,
      ...made,
      isAsleep: false,
      open: new Set(),
      unwanted: new Map(),
      groups: new Map(),
    };
    seat.phone = phone;
    phones.push(phone);
    return phone;
  }

  async function replace(phone: Phone): Promise<void> {
    if (isAwake(phone)) await sleep(phone);
    const letter = await enrolAgain(phone.letter);
    await here.publish(routes.postAttestation, letter.signedAttestation);
    const { seat, made } = await activate(phone.name, letter);
    seat.phone = phone;
    Object.assign(phone, made, { isAsleep: false });
    phone.unwanted.clear();
    phone.open.clear();
  }

  async function sleep(phone: Phone): Promise<void> {
    phone.isAsleep = true;
    await callOf(phone, "close", phone.officer.client.close());
  }

  async function wake(phone: Phone): Promise<boolean> {
    if (isAwake(phone)) {
      const { state } = await phone.officer.client.state();
      if (state === "ready") return true;
      if (state !== "locked") await sleep(phone);
    }
    if (!isAwake(phone)) await restart(phone);
    const opened = await callOf(phone, "open", phone.officer.client.open(phone.officer.pin));
    if (!opened?.ok) ledger.history.push(`${phone.name}: does not open, ${opened?.code ?? "no answer"}`);
    return opened?.ok === true;
  }

  async function restart(phone: Phone): Promise<void> {
    if (!isAlive(phone)) await phone.crash.died;
    const seat: Seat = { name: phone.name, phone };
    const made = portsOf(seat, phone.storage);
    const officer = await act.restart(phone.officer, made.crash.ports);
    Object.assign(phone, made, { officer, isAsleep: false });
    phone.open.clear();
  }

  return {
    phones,
    join,
    wake,
    sleep,
    replace,
    spoil() {
      isRadioBad = true;
    },
    heal() {
      isRadioBad = false;
      for (const { crash } of phones) crash.arm(undefined);
    },
    async close() {
      await Promise.all(phones.filter(isAwake).map(sleep));
    },
  };
}

const countedSockets = (inner: Sockets, sent: Phone["sent"]): Sockets => ({
  open(url, events) {
    const socket = inner.open(url, events);
    return {
      close: () => socket.close(),
      send(bytes) {
        sent.frames += 1;
        socket.send(bytes);
      },
    };
  },
});
