/** Whoever is asked whether somebody with a new phone may come back says yes, once for each question. */
import type { RoomId } from "@nimes/protocol/ids";
import * as act from "../scenarios/officers.ts";
import { callOf, type Phone } from "./phones/phone.ts";

/** @returns answers all questions that are there; to be called again, because more may come. */
export function helpfulPeople(phones: readonly Phone[]): () => Promise<void> {
  /** Questions answered in a room, by phone, room and whom they are about. */
  const answered = new Map<string, number>();

  async function answer(phone: Phone, roomId: RoomId): Promise<void> {
    const asked = (await act.noticesOf(phone.officer, roomId)).flatMap((notice) =>
      notice.type === "new-device" ? [notice.userId] : [],
    );
    for (const [userId, questions] of Map.groupBy(asked, (one) => one)) {
      const about = [phone.name, roomId, userId].join();
      if (questions.length <= (answered.get(about) ?? 0)) continue;
      answered.set(about, questions.length);
      await callOf(phone, "addPeople", phone.officer.client.addPeople(roomId, [userId]));
    }
  }

  return async () => {
    for (const phone of phones)
      for (const { roomId } of await phone.officer.client.rooms()) await answer(phone, roomId);
  };
}
