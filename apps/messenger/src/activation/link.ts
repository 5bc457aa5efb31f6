/** The activation link in the address bar. */

/** Whether what stands after the `#` looks like the link of a letter. */
export const isActivationFragment = (fragment: string): boolean => /^#a\d+\./.test(fragment);

/**
 * Takes the link out of the address bar at once, so that the secret stays neither in view nor in the history.
 * @returns the link, or undefined when the page was opened without one.
 */
export function takeLink(window: Pick<Window, "location" | "history">): string | undefined {
  const { hash, pathname } = window.location;
  if (hash === "") return undefined;
  const link = window.location.href;
  window.history.replaceState(window.history.state, "", pathname);
  return isActivationFragment(hash) ? link : undefined;
}
