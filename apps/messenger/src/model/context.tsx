/** What every screen can reach: the messenger, the navigation and the settings. */
import type { NimesClient } from "@nimes/client/nimes-client";
import { createContext, use } from "react";
import type { StoreApi } from "zustand";
import { useStore } from "zustand";
import type { Navigation } from "../navigation/navigation.ts";
import type { Messenger, MessengerState } from "./messenger.ts";
import type { Settings } from "./settings.ts";

export type AppContext = { messenger: Messenger; navigation: Navigation; settings: StoreApi<Settings> };

const Context = createContext<AppContext | undefined>(undefined);

export const AppProvider = Context.Provider;

export function useApp(): AppContext {
  const app = use(Context);
  if (!app) throw new Error("a screen stands outside of the app");
  return app;
}

export const useClient = (): NimesClient => useApp().messenger.client;

export const useMessenger = <T,>(select: (state: MessengerState) => T): T =>
  useStore(useApp().messenger.store, select);

export const useSettings = (): Settings => useStore(useApp().settings);
