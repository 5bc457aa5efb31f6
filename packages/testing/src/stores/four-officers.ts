/** Four officers with a store, and what the contracts about rooms do with them. */
import { digestOf } from "@nimes/protocol/entry";
import type { ErrorCode } from "@nimes/protocol/errors";
import type { RoomId, UserId } from "@nimes/protocol/ids";
import { roomIdOf } from "@nimes/protocol/ids";
import { rolesHash } from "@nimes/protocol/signed/hashes";
import type { RoomRole, RoomRoles } from "@nimes/protocol/signed/room-roles";
import type { NewDevice } from "@nimes/server/ports/directory-store";
import type { AppendOutcome } from "@nimes/server/ports/room-log-store";
import type { Stores } from "@nimes/server/ports/stores";
import { afterEach, beforeEach, expect } from "vitest";
import type { Draft } from "./store-people.ts";
import {
  anyAttestation,
  anyDevice,
  appendOf,
  commit,
  enrolled,
  everything,
  rolesBy,
  rolesDraft,
  welcomeBy,
} from "./store-people.ts";

type Room = { roomId: RoomId; roles: RoomRoles; payload: Uint8Array };
type FourOfficers = Awaited<ReturnType<typeof enrolFour>>;

/** Fresh ones for each test of the contract that calls this. */
export function fourOfficers(open: () => Promise<Stores>): () => FourOfficers {
  let four: FourOfficers | undefined;
  beforeEach(async () => {
    four = await enrolFour(await open());
  });
  afterEach(() => four?.stores.close());
  return () => {
    if (!four) throw new Error("nobody is enrolled");
    return four;
  };
}

async function enrolFour(stores: Stores) {
  const [anna, bernd, clara, dora] = [
    await enrolled(stores),
    await enrolled(stores),
    await enrolled(stores),
    await enrolled(stores),
  ];
  async function put(by: NewDevice, roomId: RoomId, draft: Draft, time = 1_000): Promise<AppendOutcome> {
    const [outcome] = await stores.roomLog.append([appendOf(by, roomId, draft, { time })]);
    if (!outcome) throw new Error("no outcome");
    return outcome;
  }
  const verdict = async (
    by: NewDevice,
    roomId: RoomId,
    draft: Draft,
    time?: number,
  ): Promise<ErrorCode | "taken"> => {
    const outcome = await put(by, roomId, draft, time);
    return outcome.outcome === "refused" ? outcome.code : "taken";
  };
  /** Anna's group of four, at epoch 1; roles as given. */
  async function group(
    users: [NewDevice, RoomRole][] = [],
    kind: "group" | "channel" = "group",
  ): Promise<Room> {
    const listed = [{ userId: anna.userId, role: "owner" as const }, ...listOf(users)];
    const roles = rolesBy(anna, { kind, users: listed });
    const { payload, ...draft } = rolesDraft("found", roles);
    const roomId = roomIdOf(payload);
    expect(await verdict(anna, roomId, draft)).toBe("taken");
    const all = [anna, bernd, clara, dora];
    expect(await verdict(anna, roomId, commit(0, all, { welcome: welcomeBy(payload) }))).toBe("taken");
    return { roomId, roles, payload };
  }
  const listOf = (users: [NewDevice, RoomRole][]): { userId: UserId; role: RoomRole }[] =>
    users.map(([device, role]) => ({ userId: device.userId, role }));
  const next = (room: Room, by: NewDevice, users: [NewDevice, RoomRole][]) => {
    const { version, kind } = room.roles;
    const previous = rolesHash(room.payload);
    const roles = rolesBy(by, { version: version + 1, previous, kind, users: listOf(users) });
    const draft = rolesDraft("roles", roles);
    return { draft, room: { roomId: room.roomId, roles, payload: draft.payload } };
  };
  async function endPhoneOf(device: NewDevice, since?: number): Promise<NewDevice> {
    const letter = anyAttestation({ userId: device.userId, generation: device.generation + 1 });
    await stores.directory.putAttestation(letter);
    const fresh = anyDevice(letter, since);
    await stores.directory.activate(fresh);
    return fresh;
  }
  const read = (roomId: RoomId) => stores.roomLog.read(roomId, everything);
  const untilOf = async (roomId: RoomId, device: NewDevice) =>
    (await stores.roomLog.members(roomId)).find(({ deviceId }) => deviceId === device.deviceId)?.until;
  /** As the bad commit that is answered: the newest entry. */
  async function lastEntry(roomId: RoomId) {
    const entry = (await read(roomId)).at(-1);
    if (!entry) throw new Error("nothing to answer");
    return { sequence: entry.sequence, digest: digestOf(entry) };
  }
  return {
    stores,
    anna,
    bernd,
    clara,
    dora,
    put,
    verdict,
    group,
    next,
    endPhoneOf,
    read,
    untilOf,
    lastEntry,
  };
}
