/** `nimes agreement publish`: the next version of the usage agreement, signed by the policy key. */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { encodeCbor } from "@nimes/protocol/cbor";
import { routes } from "@nimes/protocol/routes/routes";
import { peekSigned, signStructure } from "@nimes/protocol/signed/signed";
import type { AgreementText } from "@nimes/protocol/signed/usage-agreement";
import { UsageAgreement } from "@nimes/protocol/signed/usage-agreement";
import { readAgreement } from "../agreement/read-agreement.ts";
import { dropKept, keepVersion, newestKeptVersion } from "../folder/kept-signed.ts";
import { openOrganisation } from "../folder/organisation-folder.ts";
import { organisationServer } from "../server/organisation-server.ts";
import { clockToleranceMs } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { dateIn } from "../texts/texts.ts";
import { isKey } from "./attested-by.ts";
import { requireRightClock } from "./right-clock.ts";
import { announceSigner, countingKeyHere } from "./rule-signer.ts";
import { requireServer, taken } from "./upload.ts";

type PublishOptions = { folder: string; file: string; english?: string; from?: string };

export async function publishAgreement(terminal: Terminal, given: PublishOptions): Promise<void> {
  const { texts, language } = terminal;
  const words = texts.rules.agreement;
  const organisation = await openOrganisation(terminal, given.folder);
  const address = requireServer(terminal, organisation);
  const de = readText(terminal, given.file);
  const englishFile = given.english ?? besideIt(given.file);
  const en = englishFile === undefined ? de : readText(terminal, englishFile);
  const server = organisationServer(terminal, address);
  const current = taken(terminal, await server.call(routes.getAgreement)).agreement;
  const before = current ? peekSigned(UsageAgreement, current) : undefined;
  const known = before?.ok ? before.value : undefined;
  const key = countingKeyHere(terminal, organisation, "policy")?.key;
  // What another key has signed is signed again before that one is struck out.
  const isOurs = current?.signatures.some((by) => isKey(by.key, key));
  if (known && isOurs && sameText(known, { de, en })) throw new Stop("usage", words.unchanged(known.version));
  const version = Math.max(known?.version ?? 0, newestKeptVersion(given.folder, "agreements")) + 1;
  const validFrom =
    given.from === undefined ? terminal.now() - clockToleranceMs : dayOf(terminal, given.from);

  await requireRightClock(terminal, organisation);
  const signer = announceSigner(terminal, organisation, "policy");
  terminal.note(words.signs({ title: de.title, version, sections: de.sections.length }));
  if (englishFile === undefined) terminal.note(words.germanForBoth);
  terminal.note(words.from(dateIn(language, Math.max(validFrom, terminal.now()))));
  const { folder } = given;
  const agreement: UsageAgreement = { orgId: organisation.manifest.orgId, version, validFrom, de, en };
  const signed = await signStructure("UsageAgreement", agreement, [await signer.open()]);
  // Kept first: the number is known as used, whatever comes between.
  const kept = keepVersion(terminal, folder, { kind: "agreements", version, signed });
  const sent = await server.call(routes.postAgreement, signed);
  if (!sent.ok) dropKept(kept);
  taken(terminal, sent);
  terminal.note(words.published(version));
}

function readText(terminal: Terminal, file: string): AgreementText {
  const { texts } = terminal;
  let markdown: string;
  try {
    markdown = readFileSync(file, "utf8");
  } catch {
    throw new Stop("usage", texts.rules.noFile(file));
  }
  return readAgreement(texts, basename(file), markdown);
}

/** `agreement.en.md` for `agreement.de.md`, if it is there. */
function besideIt(file: string): string | undefined {
  const english = file.replace(/\.de\.md$/, ".en.md");
  return english !== file && existsSync(english) ? english : undefined;
}

const sameText = (known: UsageAgreement, next: { de: AgreementText; en: AgreementText }): boolean =>
  Buffer.compare(encodeCbor([known.de, known.en]), encodeCbor([next.de, next.en])) === 0;

/** Midnight at the beginning of a day `2026-12-01`, here. */
function dayOf({ texts }: Terminal, text: string): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  if (date.getDate() !== Number(day)) throw new Stop("usage", texts.rules.notADay(text));
  return date.getTime();
}
