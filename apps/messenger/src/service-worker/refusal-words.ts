/** What people read when the app does not start; both languages, because the service worker knows no settings. */
import type { Refusal } from "./refusal.ts";

export type Words = {
  title: string;
  /** What happened. */
  happened: string;
  /** What to do. */
  advice: string;
};
export type BothLanguages = { de: Words; en: Words };

const beware = {
  de: "Hier keine PIN und keinen Code aus einem Brief eingeben. Bitte die IT-Betreuung verständigen, am besten telefonisch, und die Zeile darunter nennen.",
  en: "Enter no PIN and no code from a letter here. Please tell your IT provider, best by telephone, and name the line below.",
};
const title = {
  de: "NIMes startet diese Fassung nicht",
  en: "NIMes does not start this version",
};
const altered = (de: string, en: string): BothLanguages => ({
  de: { title: title.de, happened: de, advice: beware.de },
  en: { title: title.en, happened: en, advice: beware.en },
});

export function wordsFor(refusal: Refusal): BothLanguages {
  switch (refusal.reason) {
    case "changed":
      return altered(
        `Eine Datei der App ist anders, als sie unterschrieben wurde. Jemand kann sie verändert haben.`,
        `A file of the app is not as it was signed. Somebody may have changed it.`,
      );
    case "missing":
      return altered(
        `Eine Datei, die zur App gehört, liefert der Server nicht.`,
        `The server does not deliver a file that belongs to the app.`,
      );
    case "unsigned":
      return altered(
        "Was der Server liefert, ist nicht unterschrieben.",
        "What the server delivers is not signed.",
      );
    case "forged":
      return altered(
        "Was der Server liefert, hat keine gültige Unterschrift der Organisation.",
        "What the server delivers has no valid signature of the organisation.",
      );
    case "foreign":
      return altered(
        "Was der Server liefert, hat eine andere Organisation unterschrieben als bisher.",
        "What the server delivers was signed by another organisation than before.",
      );
    case "older":
      return altered(
        "Der Server liefert eine ältere Fassung, als hier schon geprüft wurde.",
        "The server delivers an older version than was verified here before.",
      );
    case "not-listed":
      return altered(
        "Diese Adresse gehört nicht zu NIMes. Was sich dort zeigt, hat niemand unterschrieben.",
        "This address is no part of NIMes. Nobody has signed what is shown there.",
      );
    case "unreachable":
      return {
        de: {
          title: "NIMes ist noch nicht geladen",
          happened:
            "Der Server ist nicht erreichbar, und auf diesem Gerät liegt noch keine geprüfte Fassung.",
          advice: "Mit Netz noch einmal öffnen.",
        },
        en: {
          title: "NIMes is not loaded yet",
          happened: "The server cannot be reached, and no verified version lies on this device yet.",
          advice: "Open it again with a network.",
        },
      };
    case "no-space":
      return {
        de: {
          title: "Der Speicher ist voll",
          happened: "Der Browser hat keinen Platz für die App (etwa 15 MB).",
          advice: "Auf dem Gerät Platz schaffen und noch einmal öffnen. Ein privates Fenster hat oft keinen.",
        },
        en: {
          title: "The storage is full",
          happened: "The browser has no space for the app (about 15 MB).",
          advice: "Make space on the device and open it again. A private window often has none.",
        },
      };
  }
}

/** For whoever is told about it. */
export const detailOf = (refusal: Refusal): string =>
  "path" in refusal ? `${refusal.reason}: ${refusal.path}` : refusal.reason;
