/** What the first screen says in German, and what is said about errors, in one file to fetch. */
import { germanSentences } from "@nimes/protocol/sentences-de";
import { messages } from "../locales/de.po";
import { withSentences } from "./catalog.ts";

export const catalog = withSentences(messages, germanSentences);
