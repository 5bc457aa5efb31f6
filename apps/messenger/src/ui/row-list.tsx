/**
 * A long list of rows that are pressed: only what can be seen is in the document, arrow keys move from row to row,
 * and a screen reader hears how many there are.
 */
import type { ReactElement } from "react";
import { useEffect, useEffectEvent, useMemo, useRef } from "react";
import type { VirtualizerHandle } from "virtua";
import { Virtualizer } from "virtua";
import { cx } from "./cx.ts";
import { ListContainer, ListItem, ListNames, rowIndexOf } from "./list-parts.tsx";
import classes from "./row-list.module.css";

export function RowList<T>(props: {
  label: string;
  rows: readonly T[];
  /** Draws a row around one element that takes the focus; the outermost element carries a key. */
  children: (row: T) => ReactElement;
  testId?: string;
  /** Room below the last row for a floating action. */
  endSpace?: boolean;
}) {
  const { label, rows, children, testId, endSpace = false } = props;
  const list = useRef<VirtualizerHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const names = useMemo(() => ({ label, setSize: rows.length }), [label, rows.length]);

  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    const at = rowIndexOf(event.target);
    if (at === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = rows.length - 1;
    const wanted = new Map([
      ["ArrowDown", at + 1],
      ["ArrowUp", at - 1],
      ["Home", 0],
      ["End", last],
    ]).get(event.key);
    if (wanted === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(last, wanted));
    list.current?.scrollToIndex(next, { align: "nearest" });
    // The row may have to be drawn first.
    requestAnimationFrame(() =>
      frame.current
        ?.querySelector<HTMLElement>(`[aria-posinset="${next + 1}"] :is(button, [tabindex])`)
        ?.focus({ preventScroll: true }),
    );
  });

  useEffect(() => {
    const element = frame.current;
    const listener = (event: KeyboardEvent) => onKeyDown(event);
    element?.addEventListener("keydown", listener);
    return () => element?.removeEventListener("keydown", listener);
  }, []);

  return (
    <ListNames value={names}>
      <div ref={frame} className={cx(classes.frame, endSpace && classes.endSpace)} data-testid={testId}>
        <Virtualizer ref={list} data={rows} bufferSize={300} as={ListContainer} item={ListItem}>
          {children}
        </Virtualizer>
      </div>
    </ListNames>
  );
}
