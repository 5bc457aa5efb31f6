import { i18n } from "@lingui/core";
import { loadLaterTexts } from "../texts/activate-language.ts";

/** The list is drawn and answers first. */
const settleMs = 400;

/**
 * Fetches the screens that are loaded lazily as soon as the first one stands, so that they are there when the
 * network is not.
 */
export function preloadScreens(): void {
  const fetchAll = () =>
    Promise.allSettled([
      loadLaterTexts(i18n),
      import("../room/room-screen.tsx"),
      import("../composer/picture-dialog.tsx"),
      import("../directory/new-chat-screen.tsx"),
      import("../directory/new-group-screen.tsx"),
      import("../room-info/room-info-screen.tsx"),
      import("../room-info/add-people-screen.tsx"),
      import("../settings/settings-screen.tsx"),
      import("../settings/change-pin-screen.tsx"),
      import("../settings/rules-screen.tsx"),
      import("../agreement/agreement-screens.tsx"),
      import("../settings/diagnosis-screen.tsx"),
      import("../viewer/picture-viewer.tsx"),
    ]);
  setTimeout(() => {
    // Safari has no idle callback.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => void fetchAll(), { timeout: 2_000 });
    else void fetchAll();
  }, settleMs);
}
