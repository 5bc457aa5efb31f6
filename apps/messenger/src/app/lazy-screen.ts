import { i18n } from "@lingui/core";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { loadLaterTexts } from "../texts/activate-language.ts";

/** A screen that is loaded when it is opened, together with what it says. */
export const lazyScreen = <P extends object>(
  load: () => Promise<ComponentType<P>>,
): LazyExoticComponent<ComponentType<P>> =>
  lazy(async () => {
    const [screen] = await Promise.all([load(), loadLaterTexts(i18n)]);
    return { default: screen };
  });
