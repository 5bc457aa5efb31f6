/** Connections that are signed in, by device. */
import type { ServerFrame } from "@nimes/protocol/frames/server-frames";
import type { DeviceId } from "@nimes/protocol/ids";
import type { Connection } from "./connection.ts";

export class Connections {
  readonly #byDevice = new Map<DeviceId, Set<Connection>>();
  readonly #maxPerDevice: number;

  constructor(maxPerDevice: number) {
    this.#maxPerDevice = maxPerDevice;
  }

  add(connection: Connection): void {
    const { deviceId } = connection.device;
    const same = this.#byDevice.get(deviceId) ?? new Set();
    const [oldest] = same;
    if (same.size >= this.#maxPerDevice) oldest?.close("too-many");
    same.add(connection);
    this.#byDevice.set(deviceId, same);
  }

  delete(connection: Connection): void {
    const { deviceId } = connection.device;
    const same = this.#byDevice.get(deviceId);
    same?.delete(connection);
    if (same?.size === 0) this.#byDevice.delete(deviceId);
  }

  of(deviceId: DeviceId): readonly Connection[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  *all(): Iterable<Connection> {
    for (const same of this.#byDevice.values()) yield* same;
  }

  /** Sends to every connection of a device. */
  send(to: DeviceId, frame: ServerFrame): void {
    for (const connection of this.#byDevice.get(to) ?? []) if (connection.opened) connection.send(frame);
  }
}
