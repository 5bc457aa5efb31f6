/**
 * Everything that was signed on this computer goes to the server once more: one that was set back, or lost all, has it again.
 * To a server that has it this changes nothing (P6).
 */

import type { ErrorCode } from "@nimes/protocol/errors";
import type { Result } from "@nimes/protocol/result";
import { refuse } from "@nimes/protocol/result";
import { routes } from "@nimes/protocol/routes/routes";
import type { Signed } from "@nimes/protocol/schema";
import { sentenceOf } from "@nimes/protocol/sentences";
import { Order } from "@nimes/protocol/signed/orders";
import { peekSigned } from "@nimes/protocol/signed/signed";
import type { KeptKind } from "../folder/kept-signed.ts";
import { dropKept, keptIn } from "../folder/kept-signed.ts";
import type { Organisation } from "../folder/organisation-folder.ts";
import { listAttestations, signedIn } from "../folder/organisation-folder.ts";
import type { OrganisationServer } from "../server/organisation-server.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { isKey } from "./attested-by.ts";

type Kind = "attestations" | KeptKind;
/** One that the server has had. */
type Kept = { kind: Kind; path: string };
/** How much of each kind was sent. */
type SentAgain = Record<Kind, number>;
type Sender = { terminal: Terminal; organisation: Organisation; server: OrganisationServer };

/** In this order: a transfer lets the letter behind it count. An attestation follows those of the same officer before it. */
const kinds: readonly Kind[] = ["transfers", "attestations", "agreements", "policies", "orders"];

/** What lies here and was sent once, in the order in which it can be taken. */
export const keptHere = (organisation: Organisation): Kept[] =>
  kinds.flatMap((kind) => pathsOf(organisation, kind).map((path) => ({ kind, path })));

/** Says what was sent, and what the server did not take. @returns how much. */
export async function sendAgain(sender: Sender, kept: readonly Kept[]): Promise<number> {
  const sent: SentAgain = { transfers: 0, attestations: 0, agreements: 0, policies: 0, orders: 0 };
  const refused = new Map<ErrorCode, number>();
  for (const { kind, path } of kept) {
    const answer = await send(sender, { kind, path });
    if (answer === "left out") continue;
    if (answer.ok) sent[kind] += 1;
    else refused.set(answer.code, (refused.get(answer.code) ?? 0) + 1);
  }
  const { terminal } = sender;
  const { texts, language } = terminal;
  const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
  if (total > 0) terminal.note(texts.sentAgain(sent));
  for (const [code, count] of refused) terminal.note(texts.notTakenAgain(count, sentenceOf(code, language)));
  return total + refused.size;
}

/** Without what waits to be sent for the first time. */
const pathsOf = ({ folder }: Organisation, kind: Kind): string[] =>
  kind === "attestations"
    ? listAttestations(folder).flatMap(({ sent, path }) => (sent ? [path] : []))
    : keptIn(folder, kind);

/** A damaged one is told; one whose key was struck out counts nowhere, and one behind which there are newer ones needs nobody. */
async function send(sender: Sender, { kind, path }: Kept): Promise<Result<unknown> | "left out"> {
  const { terminal, organisation, server } = sender;
  const signed = signedIn(path);
  if (!signed) {
    terminal.note(terminal.texts.leftOut(path));
    return "left out";
  }
  if (!isByCountingKey(organisation, kind, signed)) return "left out";
  const answer = await post(server, kind, signed);
  if (answer.ok || answer.code !== "outdated") return answer;
  if (kind === "orders") forgetOrder(terminal, path, signed);
  return "left out";
}

function isByCountingKey({ manifest }: Organisation, kind: Kind, signed: Signed): boolean {
  const { rootKey, deskKeys, policyKeys, revocationKeys } = manifest;
  const counting = {
    attestations: deskKeys.map(({ key }) => key),
    transfers: [rootKey, ...deskKeys.map(({ key }) => key)],
    agreements: policyKeys,
    policies: policyKeys,
    orders: revocationKeys,
  }[kind];
  return signed.signatures.some((by) => counting.some((key) => isKey(key, by.key)));
}

function post(server: OrganisationServer, kind: Kind, signed: Signed): Promise<Result<unknown>> {
  switch (kind) {
    case "attestations":
      return server.sendAttestation(signed);
    case "transfers":
      return server.call(routes.postTransfer, signed);
    case "agreements":
      return server.call(routes.postAgreement, signed);
    case "policies":
      return server.call(routes.postPolicy, signed);
    case "orders":
      return postOrder(server, signed);
  }
}

async function postOrder(server: OrganisationServer, signed: Signed): Promise<Result<unknown>> {
  const order = peekSigned(Order, signed);
  return order.ok
    ? server.call(routes.postOrder, { kind: order.value.kind, order: signed })
    : refuse("malformed");
}

/** Another one has its number by now, signed after the server had lost this one: said once. */
function forgetOrder(terminal: Terminal, path: string, signed: Signed): void {
  const order = peekSigned(Order, signed);
  dropKept(path);
  if (!order.ok) return;
  const { kind, deviceId, reason } = order.value;
  terminal.note(terminal.texts.rules.device.orderOverrun(kind, deviceId.slice(0, 8), reason));
}
