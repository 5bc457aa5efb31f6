/** How a text could stand in a file, for tests that search for it (C1, C8). */

/** Every form in which a text could have been kept. Base64 has three, by the place where the text begins. */
export function formsOf(text: string): Buffer[] {
  const utf8 = Buffer.from(text, "utf8");
  const utf16 = Buffer.from(text, "utf16le");
  const base64 = [utf8, utf16].flatMap((bytes) =>
    (["base64", "base64url"] as const).flatMap((alphabet) =>
      [0, 1, 2].map((shift) =>
        // The first and the last letters depend on what stands beside the text.
        Buffer.from(
          Buffer.concat([Buffer.alloc(shift), bytes])
            .toString(alphabet)
            .slice(4, -4),
        ),
      ),
    ),
  );
  return [utf8, utf16, Buffer.from(utf16).swap16(), Buffer.from(utf8.toString("hex")), ...base64];
}
