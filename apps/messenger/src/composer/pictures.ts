/** Which files are offered for sending: those that can be. What they really are is checked when they are made safe. */
export const acceptedTypes = ["image/jpeg", "image/png", "image/webp"];

export function sortFiles(files: readonly File[]): { pictures: File[]; others: File[] } {
  const { pictures = [], others = [] } = Object.groupBy(files, ({ type }) =>
    acceptedTypes.includes(type) ? "pictures" : "others",
  );
  return { pictures, others };
}

/** Files of a paste; none where it is a text with a picture of it, as office programs copy both. */
export function pastedFiles(data: Pick<DataTransfer, "files" | "types" | "getData">): File[] {
  const isText = data.types.includes("text/html") && data.getData("text/plain").trim() !== "";
  return isText ? [] : [...data.files];
}
