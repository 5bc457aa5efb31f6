import { expect, test } from "vitest";
import { isSingleEmoji } from "./reaction.ts";

test.for(["👍", "👍🏽", "❤️", "👨‍👩‍👧‍👦", "🇩🇪", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "⚠️", "👮🏼‍♀️", "❤️‍🔥", "👩🏻‍❤️‍💋‍👨🏼"])(
  "%s is one emoji",
  (emoji) => {
    expect(isSingleEmoji(emoji)).toBe(true);
  },
);

test.for([
  "",
  "a",
  "👍👍",
  "👍 ",
  "1",
  "#",
  "\u200d",
  "\ufe0f",
  "\u{1f3fd}",
  "👍\u202e",
  "<b>",
  "\u2800",
  "👍\u200d",
  "👍\ufe0f\ufe0f\ufe0f",
  "👍\u{e0061}\u{e0062}",
  "👍\u{e007f}",
  "\u20e3",
  "🇩",
  "👍\u200d👎\u200d👍\u200d👎\u200d👍\u200d👎",
])("%j is none", (text) => {
  expect(isSingleEmoji(text)).toBe(false);
});
