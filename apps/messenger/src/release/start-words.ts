/** What the page says before the app is there: no catalogue of texts is loaded yet. */
import type { Language } from "../model/settings.ts";

export type StartWords = { title: string; words: string };

const german = {
  checking: { title: "NIMes", words: "Die App wird geladen und geprüft …" },
  unsupported: {
    title: "Dieser Browser kann NIMes nicht prüfen",
    words:
      "Ohne Prüfung startet NIMes nicht. Ein privates Fenster schließen, Website-Daten erlauben oder den Browser aktualisieren, dann noch einmal öffnen.",
  },
  unreachable: {
    title: "NIMes ist noch nicht geladen",
    words: "Der Server antwortet nicht oder liefert die Prüfung nicht mit. Mit Netz noch einmal öffnen.",
  },
  foreign: {
    title: "Brief und App gehören nicht zusammen",
    words:
      "Der Brief ist von einer anderen Organisation als die App. Hier keine PIN eingeben. Bitte die Registrierungsstelle verständigen.",
  },
};
export type StartState = keyof typeof german;

const english: typeof german = {
  checking: { title: "NIMes", words: "The app is being loaded and verified …" },
  unsupported: {
    title: "This browser cannot verify NIMes",
    words:
      "NIMes does not start without. Close a private window, allow website data or update the browser, then open it again.",
  },
  unreachable: {
    title: "NIMes is not loaded yet",
    words: "The server does not answer, or delivers nothing to verify with. Open it again with a network.",
  },
  foreign: {
    title: "Letter and app do not belong together",
    words:
      "The letter is another organisation's than the app. Enter no PIN here. Please tell your enrolment desk.",
  },
};

export const startWords = (language: Language, state: StartState): StartWords =>
  (language === "en" ? english : german)[state];
