/** The parser of the command line in the person's language: its help, and what it says of a line that is no command. */
import type { Command, CommanderError } from "commander";
import { Help } from "commander";
import type { Texts } from "./texts/texts.ts";

/** @param root without commands yet: those that are added take over how help is written. */
export function speakOwnWords(root: Command, { parser }: Texts): void {
  const inWords = wordsIn(parser.placeholders);
  const plain = new Help();
  root.configureHelp({
    styleTitle: (title) => parser.headings[title] ?? title,
    commandUsage: (command) => inWords(plain.commandUsage(command)),
    subcommandTerm: (command) => inWords(plain.subcommandTerm(command)),
    optionTerm: (option) => inWords(plain.optionTerm(option)),
    // What holds without an option stands in its text.
    optionDescription: ({ description }) => description,
  });
}

const wordsIn =
  (placeholders: Texts["parser"]["placeholders"]) =>
  (text: string): string =>
    text.replace(/(?<=[<[])[a-z=-]+(?=[\]>])/g, (name) => placeholders[name] ?? name);

/** @returns what to say; undefined where help was shown instead. */
export function complaintOf({ parser }: Texts, { code, message }: CommanderError): string | undefined {
  const [, quoted = ""] = /'([^']*)'/.exec(message) ?? [];
  const name = wordsIn(parser.placeholders)(quoted);
  const [, meant] = /\(Did you mean (?:one of )?(.*)\?\)/.exec(message) ?? [];
  const perhaps = meant === undefined ? "" : `\n${parser.didYouMean(meant)}`;
  switch (code) {
    case "commander.help":
      return undefined;
    case "commander.unknownCommand":
      return parser.unknownCommand(name) + perhaps;
    case "commander.unknownOption":
      return parser.unknownOption(name) + perhaps;
    case "commander.missingArgument":
      return parser.missingArgument(wordsIn(parser.placeholders)(`<${quoted}>`));
    case "commander.missingMandatoryOptionValue":
      return parser.missingOption(name);
    case "commander.optionMissingArgument":
      return parser.missingValue(name);
    case "commander.excessArguments":
      return parser.tooManyArguments;
    default:
      return message;
  }
}
