import { expect, test } from "vitest";
import { toHex } from "./bytes.ts";
import {
  deviceIdOf,
  deviceOf,
  formatClientId,
  idPatterns,
  newAttachmentId,
  newMessageId,
  newSubmissionId,
  newUserId,
  orgIdOf,
  parseClientId,
  parseRoomId,
  parseUnitId,
  parseUserId,
  roomIdOf,
  rootKeyHash,
  userOf,
} from "./ids.ts";

const key = new Uint8Array(32).fill(7);
const userId = newUserId();
const identity = { userId, deviceId: deviceIdOf(key), orgId: orgIdOf(key) };

test("new ids have the shape that is checked on the wire, and never repeat", () => {
  expect(newUserId()).toMatch(idPatterns.userId);
  expect(newMessageId()).toMatch(idPatterns.messageId);
  expect(newSubmissionId()).toMatch(idPatterns.submissionId);
  expect(newAttachmentId()).toMatch(idPatterns.attachmentId);
  expect(new Set(Array.from({ length: 100 }, newMessageId)).size).toBe(100);
});

test("submission ids grow with time and do not repeat within a moment", () => {
  const times = [0, 1, 1_795_594_444_163, 2 ** 44 - 1];
  const ids = times.map((time) => newSubmissionId(time));
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(idPatterns.submissionId);
  expect(new Set(Array.from({ length: 100 }, () => newSubmissionId(7))).size).toBe(100);
});

test("hashes for different purposes differ for the same bytes (D7)", () => {
  const prefixes = [deviceIdOf(key), orgIdOf(key), roomIdOf(key).slice(0, 32)];
  expect(new Set(prefixes).size).toBe(3);
});

test("an organisation is named by the beginning of its root key's hash", () => {
  expect(toHex(rootKeyHash(key)).startsWith(orgIdOf(key))).toBe(true);
});

test("a client id names user, device and organisation", () => {
  const clientId = formatClientId(identity);
  expect(parseClientId(clientId)).toEqual(identity);
  expect(userOf(clientId)).toBe(userId);
  expect(deviceOf(clientId)).toBe(identity.deviceId);
});

test.for([
  "",
  formatClientId(identity).toUpperCase(),
  `${formatClientId(identity)} `,
  `${formatClientId(identity)}\n`,
  formatClientId(identity).replace(":", "@"),
  formatClientId(identity).slice(1),
  `${formatClientId(identity)}0`,
])("not a client id: %j", (text) => {
  expect(parseClientId(text)).toBeUndefined();
});

test("an id with anything in front, behind or on a second line is refused (S6)", () => {
  const room = roomIdOf(key);
  expect(parseRoomId(room)).toBe(room);
  expect(parseUserId(userId)).toBe(userId);
  expect(parseUnitId("pi-celle")).toBe("pi-celle");
  for (const wrong of [`${room}\n`, ` ${room}`, `${room}'; DROP TABLE rooms; --`, `${room}\n${room}`])
    expect(parseRoomId(wrong)).toBeUndefined();
  for (const wrong of ["PI Celle", "-celle", "celle/..", "", "a".repeat(41), "celle\n"])
    expect(parseUnitId(wrong)).toBeUndefined();
  for (const wrong of [userId.toUpperCase(), userId.replaceAll("-", ""), `{${userId}}`])
    expect(parseUserId(wrong)).toBeUndefined();
});
