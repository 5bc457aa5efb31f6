/** Arguments of commands, parsed once. @throws Stop with the sentence that says what is wrong. */
import { fromHex, toHex } from "@nimes/protocol/bytes";
import type { UnitId } from "@nimes/protocol/ids";
import { parseUnitId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import type { Unit } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import type { Texts } from "../texts/texts.ts";

export function parseName(texts: Texts, text: string): string {
  const name = text.trim();
  if (name === "" || name.length > limits.maxNameLength) throw new Stop("usage", texts.notAName(name));
  return name;
}

export function parseUnit(texts: Texts, text: string): UnitId {
  const id = parseUnitId(text);
  if (!id) throw new Stop("usage", texts.notAnId(text));
  return id;
}

/** `pi-celle=PI Celle` */
export function parseUnitWithName(texts: Texts, text: string): Unit {
  const [, id, name] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (!id || !name) throw new Stop("usage", texts.notAUnit(text));
  return { id: parseUnit(texts, id), name: parseName(texts, name) };
}

/** Name of a desk's key file; the same shape as a station's id. */
export const parseDeskName = (texts: Texts, text: string): string => parseUnit(texts, text);

/** @returns the origin. */
export function parseServer(texts: Texts, text: string): string {
  if (!URL.canParse(text)) throw new Stop("usage", texts.notAnAddress(text));
  const { protocol, origin, pathname } = new URL(text);
  if (!["https:", "http:"].includes(protocol) || pathname !== "/")
    throw new Stop("usage", texts.notAnAddress(text));
  return origin;
}

export const parseKey = (texts: Texts, text: string): Uint8Array => parse32(text, texts.notAKey);
export const parseRootHash = (texts: Texts, text: string): Uint8Array => parse32(text, texts.notAHash);

function parse32(text: string, sentence: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Stop("usage", sentence);
  return fromHex(text.toLowerCase());
}

/** The beginning of a key, enough for people to tell keys apart. */
export const shortKey = (key: Uint8Array): string => `${toHex(key).slice(0, 16)}…`;
