/** Values of a lie in a line that people read. */

const mostLetters = 60;

export function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array
      ? `${inner.length} bytes ${[...inner.slice(0, 3)].map((byte) => byte.toString(16)).join("")}`
      : typeof inner === "string" && inner.length > 12
        ? `${inner.slice(0, 8)}…`
        : inner,
  );
  if (text === undefined) return "nothing";
  return text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text;
}
