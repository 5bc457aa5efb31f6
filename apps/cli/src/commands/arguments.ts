/** Arguments of commands, parsed once. @throws Stop with the sentence that says what is wrong. */
import { fromHex, toHex } from "@nimes/protocol/bytes";
import type { UnitId } from "@nimes/protocol/ids";
import { parseUnitId } from "@nimes/protocol/ids";
import { limits } from "@nimes/protocol/limits";
import { hiddenIn, showsSomething } from "@nimes/protocol/names";
import type { Unit } from "../sign/manifest.ts";
import { Stop } from "../stop.ts";
import type { Texts } from "../texts/texts.ts";

/** Of a person, a station or the organisation. */
export function parseName(texts: Texts, text: string): string {
  const name = parseLine(texts, text);
  if (!showsSomething(name) || name.length > limits.maxNameLength)
    throw new Stop("usage", texts.notAName(name));
  return name;
}

/** What somebody does, at most as long as a name; nothing is allowed. */
export const parseDuty = (texts: Texts, text: string): string =>
  parseLine(texts, text).slice(0, limits.maxNameLength);

/** Text that people read on one line: without anything that they cannot see. */
export function parseLine(texts: Texts, text: string): string {
  const line = text.trim();
  const code = hiddenIn(line);
  if (code !== undefined) throw new Stop("usage", texts.hiddenCharacter(code));
  return line;
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

/** What a desk is called here; the same shape as a station's id, also as its key file is called. */
export const parseDeskName = (texts: Texts, text: string): string =>
  parseUnit(texts, text.replace(/^desk-/, ""));

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
