/** Many colleagues in a store: real records of a few officers under many names, so that they have the size they have. */
import { toldOf } from "@nimes/client/core/directory-news";
import type { Store, Write } from "@nimes/client/ports/store";
import { checkUser } from "@nimes/e2ee/chains/check-user";
import { judgeUser } from "@nimes/e2ee/chains/judge-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import { sha256 } from "@nimes/protocol/hash";
import type { ClientId } from "@nimes/protocol/ids";
import { userOf } from "@nimes/protocol/ids";
import { granted } from "@nimes/testing/e2ee/test-device";
import type { TestDevice } from "@nimes/testing/organisation";
import { directoryEntryOf } from "@nimes/testing/organisation";

const peoplePerWrite = 100;

/** @param like in turn; each has a device. */
export async function fillDirectory(
  store: Store,
  verified: VerifiedOrganisation,
  { like, people }: { like: readonly TestDevice[]; people: number },
): Promise<void> {
  const digest = sha256(Uint8Array.of(1));
  const models = await Promise.all(
    like.map(async (device) => {
      const checked = granted(await checkUser(directoryEntryOf(device.letter, device)));
      return { checked, digest, told: toldOf(granted(judgeUser(verified, checked))) };
    }),
  );
  for (let from = 0; from < people; from += peoplePerWrite) {
    const changes: Write[] = [];
    for (let person = from; person < Math.min(from + peoplePerWrite, people); person += 1) {
      const model = models[person % models.length];
      if (!model) throw new Error("nobody to be like");
      const userId = userOf(`${String(person).padStart(8, "0")}${model.checked.userId.slice(8)}` as ClientId);
      const record = { ...model, checked: { ...model.checked, userId } };
      changes.push({ put: "directory", key: [userId], record });
    }
    await store.write(changes, "relaxed");
  }
}
