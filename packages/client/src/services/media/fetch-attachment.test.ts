import { sealedSizeFor } from "@nimes/e2ee/attachments/chunks";
import type { AttachmentId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { ok, refuse } from "@nimes/protocol/result";
import { expect, test } from "vitest";
import type { Session } from "../connection/session.ts";
import { fetchAttachment } from "./fetch-attachment.ts";

const body = { attachmentId: "a".repeat(32) as AttachmentId, size: 2_500_000 };
const total = sealedSizeFor(body.size);

/** Fetches from a server that gives parts of such a length. */
async function fetchFrom(lengthOf: (honest: number) => number) {
  let asked = 0;
  const call = async (_: unknown, { query }: { query: { offset: string } }) => {
    asked += 1;
    const honest = Math.min(limits.maxUploadPartBytes, total - Number(query.offset));
    return ok(new Uint8Array(lengthOf(honest)));
  };
  return { fetched: await fetchAttachment({ call } as unknown as Session, body), asked };
}

test("a file is fetched in the parts that the protocol names", async () => {
  const { fetched, asked } = await fetchFrom((honest) => honest);
  expect(fetched.ok && fetched.value.byteLength).toBe(total);
  expect(asked).toBe(3);
});

const lies: [how: string, lengthOf: (honest: number) => number][] = [
  ["empty", () => 0],
  ["of one byte", () => 1],
  ["a byte short", (honest) => honest - 1],
  ["a byte long", (honest) => honest + 1],
  ["the whole file at once", () => total],
];
test.for(lies)("a part that is %s ends it at once (B1)", async ([, lengthOf]) => {
  expect(await fetchFrom(lengthOf)).toEqual({ fetched: { ok: false, code: "attachment-damaged" }, asked: 1 });
});

test("what has arrived is not fetched again after the line broke", async () => {
  const asked: number[] = [];
  const call = async (_: unknown, { query }: { query: { offset: string } }) => {
    asked.push(Number(query.offset));
    if (asked.length === 2) return refuse("no-network");
    return ok(new Uint8Array(Math.min(limits.maxUploadPartBytes, total - Number(query.offset))));
  };
  const session = { call } as unknown as Session;
  const arrived: Uint8Array<ArrayBuffer>[] = [];
  expect(await fetchAttachment(session, body, arrived)).toEqual({ ok: false, code: "no-network" });
  const fetched = await fetchAttachment(session, body, arrived);
  expect(fetched.ok && fetched.value.byteLength).toBe(total);
  const part = limits.maxUploadPartBytes;
  expect(asked).toEqual([0, part, part, 2 * part]);
});
