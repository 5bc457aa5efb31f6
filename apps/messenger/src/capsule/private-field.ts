/**
 * Attributes of every field that takes content. Browsers and their extensions send what is typed to spelling and writing
 * services, and keyboards learn it for other apps; these words ask them not to. What `spellcheck`, `translate` and
 * `writingsuggestions` say is inherited from `index.html` as well, so that a field that forgets this is not open.
 */
export const privateField = {
  autoComplete: "off",
  autoCorrect: "off",
  spellCheck: false,
  translate: "no",
  // Grammarly reads every field that does not say so.
  "data-gramm": "false",
  "data-gramm_editor": "false",
  "data-enable-grammarly": "false",
} as const;
