/** What stands in the help around the texts of each command, and what is said of a line that is no command, in English. */
import type { germanParser } from "./parser-german.ts";

export const englishParser: typeof germanParser = {
  headings: {},
  placeholders: {},
  unknownCommand: (name) => `There is no command "${name}"; --help shows which there are.`,
  unknownOption: (name) => `There is no option "${name}" here; --help shows which there are.`,
  missingArgument: (name) => `Missing: ${name}.`,
  missingOption: (name) => `The option ${name} is missing.`,
  missingValue: (name) => `The option ${name} has no value.`,
  tooManyArguments: "These are more arguments than the command takes; put what has spaces in quotes.",
  didYouMean: (names) => `Perhaps: ${names}`,
};
