import { appendOf, commit, enrolled, founding, welcomeBy } from "@nimes/testing/stores/store-people";
import { expect, test } from "vitest";
import { memoryStores } from "../memory/memory-stores.ts";
import { destroyIn } from "./destroy.ts";

test("nothing waits for a device whose capsule is destroyed, and other devices keep what waits for them", async () => {
  const stores = memoryStores();
  const [anna, bernd, clara] = [await enrolled(stores), await enrolled(stores), await enrolled(stores)];
  const { roomId, payload, request } = founding(anna);
  await stores.roomLog.append([
    request,
    appendOf(anna, roomId, commit(0, [anna, bernd, clara], { welcome: welcomeBy(payload) })),
  ]);
  expect(await stores.roomLog.inbox(bernd.deviceId, 0)).toHaveLength(1);
  await destroyIn(stores, bernd.deviceId);
  expect(await stores.roomLog.inbox(bernd.deviceId, 0)).toEqual([]);
  expect(await stores.roomLog.inbox(clara.deviceId, 0)).toHaveLength(1);
});
