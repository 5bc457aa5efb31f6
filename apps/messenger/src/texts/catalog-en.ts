/** What the first screen says in English, and what is said about errors, in one file to fetch. */
import { englishSentences } from "@nimes/protocol/sentences-en";
import { messages } from "../locales/en.po";
import { withSentences } from "./catalog.ts";

export const catalog = withSentences(messages, englishSentences);
