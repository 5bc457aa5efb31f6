/** PIN records and tries in memory. */
import { equalBytes } from "@nimes/protocol/bytes";
import type { DeviceId, SubmissionId } from "@nimes/protocol/ids";
import type { Tries } from "../core/pin-tries.ts";
import { judgeTry, triesLeft } from "../core/pin-tries.ts";
import type { PinStore, PinTry } from "../ports/pin-store.ts";
import type { MemoryState } from "./memory-state.ts";
import { changeDevice } from "./memory-state.ts";

type Row = PinTry & { number: number; sealed: Uint8Array; finishedAt?: number; counted: boolean };

export function memoryPinStore(state: MemoryState): PinStore {
  let attempts: Row[] = [];
  let number = 0;
  const counted = (deviceId: DeviceId): Row[] =>
    attempts.filter((row) => row.deviceId === deviceId && row.counted);
  const failures = (deviceId: DeviceId): Tries => ({
    count: counted(deviceId).length,
    lastAt: Math.max(0, ...counted(deviceId).map(({ at }) => at)),
  });
  const find = (deviceId: DeviceId, attemptId: SubmissionId): Row | undefined =>
    attempts.find((row) => row.deviceId === deviceId && row.attemptId === attemptId);

  return {
    record: async (deviceId) => state.pinRecords.get(deviceId),
    async start(attempt, answer) {
      const record = state.pinRecords.get(attempt.deviceId);
      if (!record) return { outcome: "destroyed" };
      const before = failures(attempt.deviceId);
      const earlier = find(attempt.deviceId, attempt.attemptId);
      if (earlier)
        return equalBytes(earlier.requestHash, attempt.requestHash)
          ? { outcome: "answered", sealed: earlier.sealed, failures: before.count }
          : { outcome: "malformed" };
      const verdict = judgeTry(before, attempt.at);
      if (verdict !== "take") return { outcome: verdict };
      const sealed = answer(record);
      if (!sealed) return { outcome: "malformed" };
      number += 1;
      attempts.push({ ...attempt, number, sealed, counted: true });
      return { outcome: "answered", sealed, failures: before.count + 1 };
    },
    async attempt(deviceId, attemptId) {
      const row = find(deviceId, attemptId);
      if (!row) return undefined;
      return {
        number: row.number,
        sealed: row.sealed,
        startedAt: row.at,
        ...(row.finishedAt !== undefined && { finishedAt: row.finishedAt }),
        failures: failures(deviceId).count,
      };
    },
    async finish(deviceId, attemptId, at) {
      const row = find(deviceId, attemptId);
      if (!row || row.finishedAt !== undefined) return;
      row.finishedAt = at;
      for (const one of counted(deviceId)) if (one.number <= row.number) one.counted = false;
    },
    failures: async (deviceId) => failures(deviceId),
    async change(deviceId, record, keep) {
      if (state.pinRecords.has(deviceId)) state.pinRecords.set(deviceId, record);
      attempts = attempts.filter((row) => row.deviceId !== deviceId || row.attemptId === keep);
    },
    async destroy(deviceId) {
      state.pinRecords.delete(deviceId);
      attempts = attempts.filter((row) => row.deviceId !== deviceId);
      for (const forget of state.onDestroyed) forget(deviceId);
      changeDevice(state, deviceId, { destroyed: true });
    },
    overdue: async (before) =>
      [...state.pinRecords.keys()].filter((deviceId) => {
        const tries = failures(deviceId);
        const usedUp = triesLeft(tries) === 0 && tries.lastAt < before;
        return usedUp || state.wiped.has(deviceId) || state.devices.get(deviceId)?.ended === true;
      }),
    async forgetFinished(before) {
      attempts = attempts.filter(({ counted, at }) => counted || at >= before);
    },
    destroyedCount: async () => [...state.devices.values()].filter(({ destroyed }) => destroyed).length,
  };
}
