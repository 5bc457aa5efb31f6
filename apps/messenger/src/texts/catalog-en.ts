/** All that is read in English, in one file to fetch. */
import { englishSentences } from "@nimes/protocol/sentences-en";
import { messages } from "../locales/en.po";
import { withSentences } from "./catalog.ts";

export const catalog = withSentences(messages, englishSentences);
