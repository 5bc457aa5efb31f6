import type { RefObject } from "react";
import { useLayoutEffect } from "react";

const maxLines = 6;

/** Makes a text field as high as its text, up to six lines; then it scrolls. */
export function useAutoGrow(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const frame = Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom) + 2;
    const lines = Number.parseFloat(style.lineHeight) * maxLines + frame;
    const most = Math.min(lines, Number.parseFloat(style.maxHeight) || lines);
    element.style.height = "auto";
    // Reading the height of an empty field as well keeps the first line from jumping.
    const wanted = element.scrollHeight + 2;
    element.style.height = `${Math.min(wanted, most)}px`;
    element.style.overflowY = text !== "" && wanted > most ? "auto" : "hidden";
  }, [field, text]);
}
