import { expect, test, vi } from "vitest";
import { takeLink } from "./link.ts";

function pageAt(href: string) {
  const { hash, pathname } = new URL(href);
  const replaceState = vi.fn();
  const window = {
    location: { hash, pathname, href } as Location,
    history: { state: { depth: 0 }, replaceState } as unknown as History,
  };
  return { window, replaceState };
}

test("the link of a letter is taken out of the address bar at once", () => {
  const href = "http://anna.localhost:8080/#a2.0123";
  const { window, replaceState } = pageAt(href);
  expect(takeLink(window)).toBe(href);
  expect(replaceState).toHaveBeenCalledWith({ depth: 0 }, "", "/");
});

test("another fragment is no link, and is taken out all the same", () => {
  const { window, replaceState } = pageAt("http://anna.localhost:8080/#room-7");
  expect(takeLink(window)).toBeUndefined();
  expect(replaceState).toHaveBeenCalledOnce();
});

test("without a fragment nothing is touched", () => {
  const { window, replaceState } = pageAt("http://anna.localhost:8080/");
  expect(takeLink(window)).toBeUndefined();
  expect(replaceState).not.toHaveBeenCalled();
});
