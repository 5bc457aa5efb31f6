import { expect, test } from "vitest";
import { addToRoom, makeRoom } from "../../e2ee/room-log.ts";
import { addOfficer, makeCircle } from "../../e2ee/test-device.ts";
import { treeOf } from "./phone.ts";
import { watchGroups } from "./watch-groups.ts";

test("a group that a server has swapped for another room's is not taken for the room's, and the one that a Welcome opens is", async () => {
  const circle = await makeCircle();
  const [anna, bernd, clara] = [await addOfficer(circle), await addOfficer(circle), await addOfficer(circle)];
  const other = await makeRoom(circle, anna, [bernd, clara]);
  const log = await makeRoom(circle, anna, []);
  await addToRoom(log, anna, [bernd]);
  const invitation = log.invitations.get(bernd.clientId);
  if (!invitation) throw new Error("Bernd was invited");
  const { roomId, groupId } = log.room;
  const groups = new Map();
  const { joinRoom } = watchGroups(bernd.e2ee, () => groups);
  const tree = () => treeOf({ e2ee: bernd.e2ee, groups }, roomId);
  expect(await joinRoom({ ...invitation, groupId: other.room.groupId })).toMatchObject({
    outcome: "refused",
  });
  expect(await tree()).toEqual([]);
  expect(await joinRoom(invitation)).toMatchObject({ outcome: "joined" });
  expect((await tree()).sort()).toEqual([anna.clientId, bernd.clientId].sort());
  expect(groups).toEqual(new Map([[roomId, new Set([groupId])]]));
});
