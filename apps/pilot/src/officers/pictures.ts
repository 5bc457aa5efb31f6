/** Pictures that simulated officers send: drawn for this purpose, without metadata, each with its thumbnail. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { SafeJpeg } from "@nimes/client/adapters/node/node-pictures";

const folder = join(import.meta.dirname, "../../pictures");
const names = ["river", "city", "map"] as const;

export const readPictures = (): Promise<Blob[]> =>
  Promise.all(
    names.map(async (name) => new SafeJpeg(await bytesOf(name), await bytesOf(`${name}-thumbnail`))),
  );

const bytesOf = async (name: string) => Uint8Array.from(await readFile(join(folder, `${name}.jpg`)));
