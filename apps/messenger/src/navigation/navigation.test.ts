import type { MessageId, RoomId } from "@nimes/protocol/ids";
import { describe, expect, test } from "vitest";
import { createNavigation, type HistoryPort } from "./navigation.ts";
import type { Place } from "./places.ts";
import { layerOf, layoutOf } from "./places.ts";

const room = (id: string): Place => ({ at: "room", roomId: id as RoomId });

/** A browser's history in memory: entries behind and before the present one. */
function memoryHistory() {
  let entries = [0];
  let at = 0;
  let arrive = () => {};
  const port: HistoryPort = {
    depth: () => entries[at] ?? 0,
    push: (depth) => {
      entries = [...entries.slice(0, at + 1), depth];
      at = entries.length - 1;
    },
    go: (steps) => {
      at = Math.max(0, Math.min(entries.length - 1, at + steps));
      arrive();
    },
    onArrive: (listener) => {
      arrive = listener;
    },
  };
  return port;
}

function started() {
  const history = memoryHistory();
  const navigation = createNavigation(history);
  const places = () => navigation.store.getState().stack.map((place) => place.at);
  return { history, navigation, places };
}

describe("navigation", () => {
  test("the phone's back button leads the way back, place by place", () => {
    const { history, navigation, places } = started();
    navigation.open(room("a"));
    navigation.open({ at: "room-info", roomId: "a" as RoomId });
    history.go(-1);
    expect(places()).toEqual(["rooms", "room"]);
    history.go(-1);
    expect(places()).toEqual(["rooms"]);
  });

  test("a room opened from the directory lies right above the rooms list", () => {
    const { history, navigation, places } = started();
    navigation.open({ at: "new-chat" });
    navigation.open({ at: "new-group", userIds: [] });
    navigation.open(room("a"));
    expect(places()).toEqual(["rooms", "room"]);
    expect(history.depth()).toBe(1);
    history.go(-1);
    expect(places()).toEqual(["rooms"]);
  });

  test("another room takes the place of the open one", () => {
    const { history, navigation } = started();
    navigation.open(room("a"));
    navigation.open(room("b"));
    expect(navigation.store.getState().stack.at(-1)).toEqual(room("b"));
    expect(history.depth()).toBe(1);
  });

  test("the forward button leads to nothing that is gone", () => {
    const { history, navigation, places } = started();
    navigation.open(room("a"));
    history.go(-1);
    history.go(1);
    expect(places()).toEqual(["rooms"]);
    expect(history.depth()).toBe(0);
  });

  test("home leads back to the rooms list from any depth", () => {
    const { history, navigation, places } = started();
    navigation.open(room("a"));
    navigation.open({ at: "room-info", roomId: "a" as RoomId });
    navigation.home();
    expect(places()).toEqual(["rooms"]);
    expect(history.depth()).toBe(0);
  });
});

describe("panes", () => {
  const picture: Place = { at: "picture", roomId: "a" as RoomId, messageId: "m" as MessageId };
  test("each kind of place has its pane, the last of a kind wins", () => {
    const layout = layoutOf([{ at: "rooms" }, room("a"), { at: "settings" }, picture]);
    expect(layout).toEqual({ list: { at: "settings" }, main: room("a"), overlay: picture });
  });
  test("on a phone the place on top says which layer is seen", () => {
    expect(layerOf(room("a"))).toBe("main");
    expect(layerOf({ at: "new-chat" })).toBe("list");
    expect(layerOf(picture)).toBe("overlay");
  });
});
