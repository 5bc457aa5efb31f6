/** Which files are offered for sending. What they really are is checked when they are made safe. */
export const acceptedTypes = [
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
  "image/heic",
  "image/heif",
  "image/avif",
  "image/bmp",
];

/** Pictures of a paste or a drop; other things are left to the browser. */
export function picturesOf(data: Pick<DataTransfer, "files"> | null): File[] {
  return [...(data?.files ?? [])].filter((file) => acceptedTypes.includes(file.type));
}
