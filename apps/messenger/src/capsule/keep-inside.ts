/**
 * Nothing leaves (C5): what a page can do against copying, cutting, dragging, saving and printing, in one place and for
 * every screen. The style sheets `base.css` and `inside.css` do the other half: nothing outside a field can be marked,
 * and paper shows one sentence.
 *
 * In one's own fields text is marked and edited as everywhere. What is copied or cut there never reaches the clipboard,
 * which every program on the device reads; it waits in the page, and pasting inside the app finds it. It waits until
 * the app is left: who copies something elsewhere then expects that to be pasted. Pasting from outside stays possible.
 */
import { isWayOut, mayHaveMenu } from "./ways-out.ts";

type Field = HTMLInputElement | HTMLTextAreaElement;

export type Inside = {
  /** What was copied inside is gone: at the lock, nothing of it may come out on the lock screen. */
  forget(): void;
  /** Ends all of it. */
  end(): void;
};

export function keepInside(window: Window): Inside {
  const { document } = window;
  const ends = new AbortController();
  // Before any other listener, so that none can let something pass.
  const first = { capture: true, signal: ends.signal };
  let waiting = "";
  const forget = () => {
    waiting = "";
  };

  const take = (event: Event) => {
    event.preventDefault();
    const marked = markedIn(fieldOf(event.target));
    if (marked !== "") waiting = marked;
  };
  const cut = (event: Event) => {
    take(event);
    // Deleting and inserting by command keeps the field's undo and tells React; nothing else does both.
    if (markedIn(fieldOf(event.target)) !== "") document.execCommand("delete");
  };
  const paste = (event: ClipboardEvent) => {
    const bringsFiles = (event.clipboardData?.files.length ?? 0) > 0;
    if (waiting === "" || bringsFiles || !fieldOf(event.target)) return;
    event.preventDefault();
    document.execCommand("insertText", false, waiting);
  };
  const press = (event: KeyboardEvent) => {
    if (isWayOut(event, fieldOf(event.target) !== undefined)) event.preventDefault();
  };
  const openMenu = (event: MouseEvent) => {
    const field = fieldOf(event.target);
    const byTouch = event instanceof PointerEvent && event.pointerType === "touch";
    const marked = markedIn(field) !== "";
    if (!mayHaveMenu({ inField: field !== undefined, marked, byTouch })) event.preventDefault();
  };
  const mark = (event: Event) => {
    if (!fieldOf(event.target)) event.preventDefault();
  };
  const refuse = (event: Event) => event.preventDefault();

  window.addEventListener("copy", take, first);
  window.addEventListener("cut", cut, first);
  window.addEventListener("paste", paste, first);
  window.addEventListener("keydown", press, first);
  window.addEventListener("contextmenu", openMenu, first);
  window.addEventListener("selectstart", mark, first);
  window.addEventListener("dragstart", refuse, first);
  window.addEventListener("blur", (event) => event.target === window && forget(), first);
  document.addEventListener("visibilitychange", forget, first);
  return { forget, end: () => ends.abort() };
}

/** The text field that an event happened in. */
function fieldOf(target: EventTarget | null): Field | undefined {
  const isField =
    target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && hasSelection(target));
  return isField ? target : undefined;
}

/** Only kinds of `<input>` that hold text have a selection. */
const hasSelection = (input: HTMLInputElement): boolean =>
  ["text", "search", "tel", "url", "password"].includes(input.type);

/** A PIN is not copied, not even inside and while it is shown. */
const isForPin = (field: Field): boolean =>
  field.type === "password" || field.autocomplete === "one-time-code";

function markedIn(field: Field | undefined): string {
  if (!field || isForPin(field)) return "";
  return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
}
