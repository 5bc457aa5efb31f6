import type { RoomId } from "@nimes/protocol/ids";
import { createManualClock } from "@nimes/testing/network/manual-clock";
import { expect, test } from "vitest";
import type { News } from "../nimes-client.ts";
import { createChanges } from "./changes.ts";

const roomId = "a".repeat(64) as RoomId;

test("a burst of the same change is told once, with the newest value", () => {
  const clock = createManualClock();
  const changes = createChanges(clock);
  const told: News[] = [];
  changes.subscribe((change) => told.push(change));
  for (let sent = 1; sent <= 5; sent += 1) {
    changes.tell({ of: "rooms" });
    changes.tell({ of: "room", roomId });
    changes.tell({ of: "upload", roomId, messageId: "m" as never, sent, total: 5 });
  }
  expect(told).toEqual([]);
  clock.advance(50);
  expect(told).toEqual([
    { of: "rooms" },
    { of: "room", roomId },
    { of: "upload", roomId, messageId: "m", sent: 5, total: 5 },
  ]);
});

test("who has ended the subscription hears no more", () => {
  const clock = createManualClock();
  const changes = createChanges(clock);
  const told: News[] = [];
  const end = changes.subscribe((change) => told.push(change));
  changes.tell({ of: "rooms" });
  end();
  clock.advance(50);
  expect(told).toEqual([]);
});
