/** All that is read in German, in one file to fetch. */
import { germanSentences } from "@nimes/protocol/sentences-de";
import { messages } from "../locales/de.po";
import { withSentences } from "./catalog.ts";

export const catalog = withSentences(messages, germanSentences);
