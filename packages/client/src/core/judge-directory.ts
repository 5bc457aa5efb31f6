/**
 * Everybody in the directory, judged by the newest manifest: when somebody asks, and all of them in slices, so that a
 * directory of a whole state never keeps anybody waiting. Signatures were checked when the records came.
 */
import { judgeUser } from "@nimes/e2ee/chains/judge-user";
import type { VerifiedUser } from "@nimes/e2ee/chains/verified-user";
import type { VerifiedOrganisation } from "@nimes/e2ee/chains/verify-organisation";
import type { UserId } from "@nimes/protocol/ids";
import type { DirectoryNews } from "./directory-news.ts";
import { newsOf } from "./directory-news.ts";
import type { DirectoryRecord } from "./records.ts";

export type Judge = {
  /** By the manifest of this moment. @returns undefined for somebody whom nobody has ever attested. */
  of(record: DirectoryRecord): VerifiedUser | undefined;
};

/** @param organisation the newest that was verified. */
export function createJudge(organisation: () => VerifiedOrganisation): Judge {
  const verdicts = new Map<
    UserId,
    { record: DirectoryRecord; by: VerifiedOrganisation; user?: VerifiedUser }
  >();
  return {
    of(record) {
      const by = organisation();
      const { userId } = record.checked;
      const known = verdicts.get(userId);
      if (known?.record.checked === record.checked && known.by === by) return known.user;
      const judged = judgeUser(by, record.checked);
      verdicts.set(userId, { record, by, ...(judged.ok && { user: judged.value }) });
      return judged.ok ? judged.value : undefined;
    },
  };
}

export type Changed = { record: DirectoryRecord; user: VerifiedUser; news: DirectoryNews };

/** People in one slice: a few milliseconds on a slow phone. */
export const sliceSize = 100;

/** Judges all, slice by slice. @returns whoever changed, for each slice. */
export function* judgeInSlices(
  records: Iterable<DirectoryRecord>,
  judge: Judge,
): Generator<Changed[], void, undefined> {
  let changed: Changed[] = [];
  let judged = 0;
  for (const record of records) {
    const user = judge.of(record);
    const news = user && newsOf(record.told, user);
    if (user && news) changed.push({ record, user, news });
    judged += 1;
    if (judged % sliceSize !== 0) continue;
    yield changed;
    changed = [];
  }
  yield changed;
}
