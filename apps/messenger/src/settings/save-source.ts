/** Fetches the source of what this server runs and hands it to the browser as a file. It is public and no content. */

/** @returns whether it was fetched. */
export async function saveSource(): Promise<boolean> {
  const answer = await fetch("/v1/source").catch(() => undefined);
  if (!answer?.ok) return false;
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = "nimes-source.tar.gz";
  link.click();
  URL.revokeObjectURL(address);
  return true;
}
