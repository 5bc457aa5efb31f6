/** What simulated officers say. Pure: the same message and the same number give the same answer. */

export type Reply = { kind: "text"; text: string } | { kind: "picture"; caption: string };

const text = (words: string): Reply => ({ kind: "text", text: words });

/** What a message is about, the first that fits. */
const topics: readonly { about: RegExp; replies: readonly Reply[] }[] = [
  {
    about: /\b(bild|foto|photo|picture|aufnahme|zeig)/i,
    replies: [
      { kind: "picture", caption: "So sieht es hier gerade aus." },
      { kind: "picture", caption: "Von eben, Blick nach Westen." },
    ],
  },
  {
    about: /^\s*(hallo|hi|hey|moin|guten (morgen|tag|abend)|servus|hello)\b/i,
    replies: [text("Moin! Was liegt an?"), text("Hallo, ich höre."), text("Moin moin, bei uns alles ruhig.")],
  },
  {
    about: /\b(danke|dank dir|thanks|thank you)/i,
    replies: [text("Gern."), text("Dafür nicht."), text("Kein Problem, jederzeit.")],
  },
  {
    about: /\b(wo|where|standort|position)\b/i,
    replies: [
      text("Höhe Bahnhof, Südausgang."),
      text("Noch auf der Wache, fahre in fünf Minuten los."),
      text("Parkplatz an der Allerbrücke."),
    ],
  },
  {
    about: /\b(wann|when|uhr|uhrzeit)\b/i,
    replies: [
      text("In etwa zehn Minuten."),
      text("Nach der Übergabe, gegen halb."),
      text("Sobald die Streife zurück ist."),
    ],
  },
  {
    about: /\?\s*$/,
    replies: [
      text("Ja, passt."),
      text("Muss ich nachfragen, melde mich gleich."),
      text("Von hier aus nichts Auffälliges."),
      text("Ich kläre das mit dem Lagezentrum."),
    ],
  },
];
const otherwise: readonly Reply[] = [
  text("Verstanden."),
  text("Alles klar, ich gebe es weiter."),
  text("Ist notiert."),
  text("Okay, wir sind dran."),
  text("Gut zu wissen, danke."),
];
const toPicture: readonly Reply[] = [
  text("Bild ist angekommen, danke."),
  text("Gut zu erkennen. Ich leite es weiter."),
  text("Danke fürs Foto, das hilft."),
];
const greetings: readonly string[] = [
  "Moin zusammen, bin dabei.",
  "Hallo in die Runde.",
  "Danke fürs Dazunehmen. Ich lese mit.",
];

/** Beside the picture that was asked for: every so many-th answer is one. */
const pictureEvery = 12;

export type Received = { kind: "text"; text: string } | { kind: "picture" } | { kind: "newer" };

/** The answer to a message. @param number any; the same one gives the same answer. */
export function replyTo(message: Received, number: number): Reply {
  if (message.kind === "picture") return pick(toPicture, number);
  if (message.kind === "newer") return text("Das kann meine App noch nicht zeigen.");
  const topic = topics.find(({ about }) => about.test(message.text));
  if (!topic && number % pictureEvery === pictureEvery - 1) return { kind: "picture", caption: "Lage hier." };
  return pick(topic?.replies ?? otherwise, number);
}

/** What an officer says who was added to a group. */
export const greeting = (number: number): string => pick(greetings, number);

/** Whether a text speaks to somebody of this name: „POK Markus Feldmann“ is Markus and Feldmann. */
export function isAddressed(words: string, displayName: string): boolean {
  const names = displayName.split(/\s+/).filter((name) => /^\p{Lu}\p{Ll}{2,}/u.test(name));
  const spoken = new Set(words.toLowerCase().split(/[^\p{L}]+/u));
  return names.some((name) => spoken.has(name.toLowerCase()));
}

/** A number from an id, evenly spread. */
export const numberOf = (hexadecimal: string): number => Number.parseInt(hexadecimal.slice(0, 8), 16);

function pick<T>(choices: readonly T[], number: number): T {
  const choice = choices[number % choices.length];
  if (choice === undefined) throw new Error("nothing to choose from");
  return choice;
}
