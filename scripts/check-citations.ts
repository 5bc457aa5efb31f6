/** Says which citations of the documents lead nowhere; ends with 1 if there are any. */
import { join } from "node:path";
import { brokenCitations, citingDocuments } from "./cited-tests.ts";

const root = join(import.meta.dirname, "..");
const broken = citingDocuments.flatMap((document) => brokenCitations(root, document));
for (const sentence of broken) console.error(sentence);
if (broken.length > 0) process.exitCode = 1;
