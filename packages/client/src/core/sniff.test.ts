import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "@nimes/protocol/bytes";
import {
  canvasChunk,
  jpegFrame,
  jpegHeader,
  losslessChunk,
  pngChunk,
  pngOf,
  webpChunk,
  webpOf,
} from "@nimes/testing/client/pictures";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasJpegMetadata, isAnimated, readDimensions, sniffMediaType, withEnd } from "./sniff.ts";

const exif = [0xff, 0xe1, 0, 8, 0x45, 0x78, 0x69, 0x66, 0, 0];
const jfif = [0xff, 0xe0, 0, 4, 1, 1];

test("SVG, HTML and XML are nothing that is ever shown, whatever they are called (B3)", () => {
  for (const text of [
    "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "<!doctype html>",
    "<?xml version='1.0'?>",
    "",
  ])
    expect(sniffMediaType(utf8(text))).toBeUndefined();
});

test("dimensions are read from the header, before anything is decoded (B4)", () => {
  expect(readDimensions(pngOf(15_000, 15_000))).toEqual({ width: 15_000, height: 15_000 });
  expect(readDimensions(webpOf(losslessChunk(16_000, 9)))).toEqual({ width: 16_000, height: 9 });
  expect(readDimensions(jpegHeader(4000, 3000, [...jfif, ...exif]))).toEqual({ width: 4000, height: 3000 });
});

test("a header that is cut off, or says nothing, has no dimensions", () => {
  expect(readDimensions(pngOf(0, 5))).toBeUndefined();
  for (let length = 0; length < 20; length += 1)
    expect(readDimensions(pngOf(5, 5).subarray(0, length))).toBeUndefined();
  expect(readDimensions(Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0))).toBeUndefined();
});

test("zeros between the segments are skipped, as every decoder does, and a second header is found behind them, too", () => {
  expect(readDimensions(jpegHeader(400, 300, [...jfif, 0, 0, 0, ...exif]))).toEqual({
    width: 400,
    height: 300,
  });
  expect(readDimensions(jpegHeader(400, 300, [...jfif, 0, 0, ...jpegFrame(60_000, 60_000)]))).toBeUndefined();
  expect(readDimensions(jpegHeader(400, 300, [0, 7]))).toBeUndefined();
});

test("what was cut off at the end of a file is put there again, and nothing where it is whole", () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 1, 2, 3);
  const ended = withEnd(jpeg, "image/jpeg");
  expect([...ended]).toEqual([...jpeg, 0xff, 0xd9]);
  expect(withEnd(ended, "image/jpeg")).toBe(ended);
  const png = withEnd(Uint8Array.from(pngOf(4, 4)), "image/png");
  expect(new TextDecoder("latin1").decode(png.subarray(-8, -4))).toBe("IEND");
  expect(withEnd(png, "image/png")).toBe(png);
});

test("a header that another reader may find elsewhere is none (B4)", () => {
  const small = jpegFrame(100, 100);
  // A marker without length: who skips it reads the next frame header, who takes it for a segment reads a later one.
  for (const marker of [0x01, 0xd0, 0xd8]) {
    const hidden = [0xff, marker, 0, small.length + 2, ...jpegFrame(60_000, 60_000)];
    expect(readDimensions(jpegHeader(100, 100, hidden))).toBeUndefined();
  }
  expect(readDimensions(jpegHeader(100, 100, [0xff, 0xe0, 0, 0]))).toBeUndefined();
  expect(readDimensions(jpegHeader(100, 100, [7, 7, 7]))).toBeUndefined();
  expect(readDimensions(jpegHeader(60_000, 60_000, small))).toBeUndefined();
  expect(readDimensions(jpegHeader(100, 0))).toBeUndefined();
  const misplaced = pngOf(10, 10);
  misplaced.set(utf8("tEXt"), 12);
  expect(readDimensions(misplaced)).toBeUndefined();
  expect(readDimensions(webpOf(canvasChunk(10, 10), losslessChunk(16_000, 16_000)))).toBeUndefined();
  expect(
    readDimensions(webpOf(canvasChunk(10, 10), canvasChunk(10, 10), losslessChunk(10, 10))),
  ).toBeUndefined();
  expect(readDimensions(webpOf(canvasChunk(10, 10)))).toBeUndefined();
  expect(readDimensions(webpOf(canvasChunk(10, 20), losslessChunk(10, 20)))).toEqual({
    width: 10,
    height: 20,
  });
});

test("what moves says so", () => {
  const frame = webpChunk("ANMF", new Uint8Array(16));
  expect(isAnimated(webpOf(canvasChunk(10, 10, 0x02), webpChunk("ANIM", new Uint8Array(6)), frame))).toBe(
    true,
  );
  expect(isAnimated(webpOf(losslessChunk(10, 10), frame))).toBe(true);
  expect(isAnimated(pngOf(10, 10, [pngChunk("acTL", new Uint8Array(8))]))).toBe(true);
  for (const still of [pngOf(10, 10), webpOf(losslessChunk(10, 10)), jpegHeader(10, 10)])
    expect(isAnimated(still)).toBe(false);
});

test("no bytes make the reader hang or throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom([0xff, 0xd8, 0xff], [...pngOf(1, 1).subarray(0, 8)], [...webpOf()]),
      (bytes, start) => {
        const forged = Uint8Array.of(...start, ...bytes);
        readDimensions(forged);
        hasJpegMetadata(forged);
        isAnimated(forged);
      },
    ),
  );
});

test("metadata of a JPEG are seen, what is needed to show it is none (B5)", () => {
  expect(hasJpegMetadata(jpegHeader(1, 1, jfif))).toBe(false);
  expect(hasJpegMetadata(jpegHeader(1, 1, [...jfif, ...exif]))).toBe(true);
  expect(hasJpegMetadata(jpegHeader(1, 1, [0xff, 0xfe, 0, 3, 65]))).toBe(true);
});

const images = join(import.meta.dirname, "../../../../../shared/testdata/images");
const phones = existsSync(images) ? ["DSCN0010.jpg", "portrait_6.jpg", "landscape_3.jpg"] : [];
test("pictures of real cameras are read", () => {
  for (const name of phones) {
    const bytes = readFileSync(join(images, name));
    const size = readDimensions(bytes);
    expect(size?.width).toBeGreaterThan(100);
    expect(hasJpegMetadata(bytes)).toBe(true);
  }
  expect(readDimensions(jpegHeader(640, 480))).toEqual({ width: 640, height: 480 });
});
