import { expect, test } from "vitest";
import { RowBoundary } from "./row-boundary.tsx";

const props = (of: unknown) => ({ of, instead: "cannot be shown", children: "the row" });

test("a row that threw says so until what it shows has changed", () => {
  const message = { text: "one" };
  const boundary = new RowBoundary(props(message));
  expect(boundary.render()).toBe("the row");
  boundary.state = { ...boundary.state, ...RowBoundary.getDerivedStateFromError() };
  expect(boundary.render()).toBe("cannot be shown");
  // Drawn again for another reason: it would throw again.
  expect(RowBoundary.getDerivedStateFromProps(props(message), boundary.state)).toBeNull();
  expect(RowBoundary.getDerivedStateFromProps(props({ text: "two" }), boundary.state)).toMatchObject({
    failed: false,
  });
});
