/// <reference types="vite/client" />

declare module "*.po" {
  import type { Messages } from "@lingui/core";

  export const messages: Messages;
}

/** Made by `build/notices.ts`: the packages that the messenger is built from. */
declare module "virtual:notices" {
  export const notices: readonly { name: string; version: string; licence: string; text: string }[];
}
