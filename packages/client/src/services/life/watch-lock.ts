/**
 * What runs while the capsule is closed: the server is asked at once what holds, and a connection of step one hears that
 * something waits, or that there are orders. The clock is watched, too.
 */
import type { Contacted } from "../../opening/contact.ts";
import type { Ports } from "../../ports/ports.ts";
import type { ServerConnection } from "../connection/connection.ts";
import { createConnection } from "../connection/connection.ts";
import type { Home } from "./home.ts";

export type LockWatch = { isWaiting(): boolean; close(): void };

/** Whoever opens at once needs no connection before. */
const connectAfterMs = 1_000;
const lookAtClockEveryMs = 60_000;

export function watchLock(
  ports: Ports,
  home: Home,
  on: { changed(): void; contacted(contacted: Contacted): void; failed(error: unknown): void },
): LockWatch {
  const { clock } = ports;
  const { contact, session, outside } = home;
  let waiting = false;
  let closed = false;

  const failed = (error: unknown): void => {
    if (!closed) on.failed(error);
  };
  const follow = (asked: Promise<Contacted>): void =>
    void asked
      .then((contacted) => {
        if (!closed) on.contacted(contacted);
      })
      .catch(failed);
  const ask = (): void => follow(contact.now());
  const askAfresh = (): void => follow(contact.afresh());
  /** The server lets nothing more go, for now: a newer one, or an honest one, may. */
  let ended = false;
  const connect = (): ServerConnection =>
    createConnection({
      ...ports,
      session,
      deviceKeys: outside.device.deviceKeys,
      position: () => ({ cursors: [], inboxSequence: 0 }),
      events: {
        frame(frame) {
          if (frame.type === "orders-changed") askAfresh();
          if (frame.type !== "wake" || waiting) return;
          waiting = true;
          on.changed();
        },
        changed() {
          // Orders that came while nobody listened are not told again (C6).
          if (connection.link().state === "open") askAfresh();
        },
        ended() {
          ended = true;
          ask();
        },
      },
    });
  let connection: ServerConnection = connect();
  const cancelConnect = clock.after(connectAfterMs, () => {
    if (closed) return;
    ask();
    connection.start();
  });
  let cancelLook: () => void = () => undefined;
  const look = (): void => {
    home.keepRules().catch(failed);
    if (contact.misfit()) ask();
    if (ended) {
      ended = false;
      connection.close();
      connection = connect();
      connection.start();
    }
    cancelLook = clock.after(lookAtClockEveryMs, look);
  };
  look();

  return {
    isWaiting: () => waiting,
    close() {
      closed = true;
      cancelConnect();
      cancelLook();
      connection.close();
    },
  };
}
