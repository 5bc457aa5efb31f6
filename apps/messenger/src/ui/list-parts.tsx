/** Makes virtua's wrappers a list for screen readers: they hear its name and length though few rows exist. */
import { createContext, use } from "react";
import type { CustomContainerComponentProps, CustomItemComponentProps } from "virtua";

/** `setSize` counts every row, also those not in the document. */
export const ListNames = createContext({ label: "", setSize: 0 });

export function ListContainer({ style, children, ref }: CustomContainerComponentProps) {
  const { label } = use(ListNames);
  return (
    <ul ref={ref} style={style} aria-label={label}>
      {children}
    </ul>
  );
}

export function ListItem({ style, index, children, ref }: CustomItemComponentProps) {
  const { setSize } = use(ListNames);
  return (
    <li ref={ref} style={style} aria-setsize={setSize} aria-posinset={index + 1}>
      {children}
    </li>
  );
}

/** Index of the row that an element stands in. */
export function rowIndexOf(target: EventTarget | null): number | undefined {
  const item = target instanceof Element ? target.closest("[aria-posinset]") : null;
  return item ? Number(item.getAttribute("aria-posinset")) - 1 : undefined;
}
