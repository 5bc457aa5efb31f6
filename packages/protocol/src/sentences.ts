/** What people read about an error, for programs that carry both languages. */
import type { ErrorCode, Language, Sentences } from "./errors.ts";
import { germanSentences } from "./sentences-de.ts";
import { englishSentences } from "./sentences-en.ts";

const sentences: Record<Language, Sentences> = { de: germanSentences, en: englishSentences };

export const sentenceOf = (code: ErrorCode, language: Language): string => sentences[language][code];
