/** Whom a device finds in a tree that it comes back to without having been welcomed. */

import { userOf } from "@nimes/protocol/ids";
import { anna, bernd, clara, room } from "@nimes/testing/client/room";
import { expect, test } from "vitest";
import { judgeBrought } from "./judge-rejoin.ts";

/** Anna is the owner, Bernd a member, and Clara is nobody that this device knows. */
const { roles } = room();
const directory = () => undefined;
const known = { devices: [anna, bernd], wished: [], former: [] };
const judge = (part: Partial<typeof known> | object, signer: typeof anna) =>
  judgeBrought(
    { roles, leaving: [] },
    { ...known, ...part },
    { directory, signer, stands: true, tree: [anna, bernd, clara], now: 0 },
  );

test("whoever is new there was brought by a device that may, and that this one knows (M14)", () => {
  expect(judge({}, anna)).toBeUndefined();
  expect(judge({}, bernd)).toBe("not-permitted");
  expect(judge({}, clara)).toBe("not-permitted");
  expect(judge({ devices: [bernd] }, anna)).toBe("not-permitted");
});

test("whoever this device wishes for itself may be there, whoever signs last", () => {
  expect(judge({ wished: [userOf(clara)] }, bernd)).toBeUndefined();
  expect(judge({ wished: [userOf(clara)] }, clara)).toBeUndefined();
});

test("whoever was seen to go comes back by the log alone, also where an old tree was signed by the owner (M10)", () => {
  expect(judge({ former: [userOf(clara)] }, anna)).toBe("not-permitted");
});

test("with the people that it knows it comes back, whoever signs", () => {
  const tree = { directory, signer: bernd, tree: [bernd, anna], now: 0 };
  for (const stands of [true, false])
    expect(judgeBrought({ roles, leaving: [] }, known, { ...tree, stands })).toBeUndefined();
});
