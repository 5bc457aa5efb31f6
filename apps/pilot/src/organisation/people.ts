/** People who may join, each with a letter and an address of their own; kept from one start to the next. */
import { existsSync, readFileSync } from "node:fs";
import { replaceFile } from "@nimes/cli/folder/write-file";
import { Stop } from "@nimes/cli/stop";
import type { Terminal } from "@nimes/cli/terminal/terminal";
import { formatActivationLink } from "@nimes/protocol/activation-link";
import { decodeCbor, encodeCbor } from "@nimes/protocol/cbor";
import { activationSecretBytes } from "@nimes/protocol/letter-code";
import type { Result } from "@nimes/protocol/result";
import { Bytes, Closed, Name, Time, UserIdText } from "@nimes/protocol/schema";
import * as Type from "typebox";
import type { DataFolder } from "../data-folder.ts";
import type { PilotTexts } from "../texts.ts";
import type { DemoOrganisation } from "./demo-organisation.ts";
import { demoPeople, unitNameOf } from "./demo-people.ts";

/** So many unused links are offered at every start, as long as there are names. */
const wantedLinks = 6;

const KeptPerson = Closed({
  host: Type.String({ maxLength: 40 }),
  name: Name,
  unitId: Type.String({ maxLength: 40 }),
  function: Type.String({ maxLength: 120 }),
  userId: UserIdText,
  /** Of the newest letter. This is a demo: a desk never keeps it. */
  secret: Bytes(activationSecretBytes, activationSecretBytes),
  activateUntil: Time,
});
type KeptPerson = Type.Static<typeof KeptPerson>;
const KeptPeople = Type.Array(KeptPerson, { maxItems: 1000 });

export type Invited = { name: string; unit: string; origin: string; link: string; activateUntil: number };
export type People = { unused: Invited[]; joined: Invited[] };

export const originOf = (host: string, port: number): string => `http://${host}.localhost:${port}`;
/** Every address that people may come from. */
export const peopleOrigins = (port: number): string[] => demoPeople.map(({ host }) => originOf(host, port));

/**
 * Who may join and who has: new letters for those whose letter ran out or is not known to this server, and new names until
 * enough links are unused.
 * @param needs.check what the server says of a link, without using it.
 */
export async function invitePeople(needs: {
  terminal: Terminal;
  texts: PilotTexts;
  data: DataFolder;
  demo: DemoOrganisation;
  address: string;
  port: number;
  check: (link: string) => Promise<Result<unknown>>;
}): Promise<People> {
  const { terminal, texts, data, demo, address, port, check } = needs;
  const kept = readPeople(texts, data.peopleFile);
  const save = () => replaceFile(terminal, data.peopleFile, encodeCbor(kept));
  const invited = (person: KeptPerson): Invited => {
    const { orgId } = demo.organisation.manifest;
    const origin = originOf(person.host, port);
    return {
      name: person.name,
      unit: unitNameOf(person.unitId),
      origin,
      link: formatActivationLink(origin, { orgId, secret: person.secret }),
      activateUntil: person.activateUntil,
    };
  };

  const people: People = { unused: [], joined: [] };
  for (const person of kept) {
    const checked = await check(invited(person).link);
    if (checked.ok) people.unused.push(invited(person));
    else if (checked.code === "activation-used") people.joined.push(invited(person));
    else if (await demo.hasNewerLetter(person.userId, person.secret)) people.joined.push(invited(person));
    // What the server cannot say just now leaves everything as it is: a new letter would be refused to who has joined.
    else if (["activation-unknown", "activation-expired"].includes(checked.code)) {
      const { letter, activateUntil } = await demo.enrol(address, person, person.userId);
      Object.assign(person, { secret: letter.secret, activateUntil });
      save();
      people.unused.push(invited(person));
    }
  }
  for (const next of demoPeople) {
    if (people.unused.length >= wantedLinks) break;
    if (kept.some(({ host }) => host === next.host)) continue;
    const { userId, letter, activateUntil } = await demo.enrol(address, next);
    const { host, name, unitId, function: duty } = next;
    const { secret } = letter;
    const person = { host, name, unitId, function: duty, userId, secret, activateUntil };
    kept.push(person);
    save();
    people.unused.push(invited(person));
  }
  return people;
}

function readPeople(texts: PilotTexts, file: string): KeptPerson[] {
  if (!existsSync(file)) return [];
  const people = decodeCbor(KeptPeople, readFileSync(file));
  if (!people.ok) throw new Stop("folder", texts.damaged(file));
  return people.value;
}
