import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "@nimes/protocol/bytes";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hasJpegMetadata, readDimensions, sniffMediaType } from "./sniff.ts";

/** A JPEG header: SOI, the segments given, a frame header, start of scan. */
const jpeg = (width: number, height: number, segments: number[] = []) =>
  Uint8Array.of(
    0xff,
    0xd8,
    ...segments,
    0xff,
    0xc2,
    0,
    11,
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    1,
    1,
    0x11,
    0,
    0xff,
    0xda,
    0,
    2,
    1,
    2,
    3,
  );
const png = (width: number, height: number) => {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
};
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
  expect(readDimensions(png(30_000, 30_000))).toEqual({ width: 30_000, height: 30_000 });
  expect(readDimensions(jpeg(4000, 3000, [...jfif, ...exif]))).toEqual({ width: 4000, height: 3000 });
});

test("a header that is cut off, or says nothing, has no dimensions", () => {
  expect(readDimensions(png(0, 5))).toBeUndefined();
  for (let length = 0; length < 20; length += 1)
    expect(readDimensions(png(5, 5).subarray(0, length))).toBeUndefined();
  expect(readDimensions(Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 0))).toBeUndefined();
});

test("no bytes make the reader hang or throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom([0xff, 0xd8, 0xff], [0x52, 0x49, 0x46, 0x46]),
      (bytes, start) => {
        const forged = Uint8Array.of(...start, ...bytes);
        readDimensions(forged);
        hasJpegMetadata(forged);
      },
    ),
  );
});

test("metadata of a JPEG are seen, what is needed to show it is none (B5)", () => {
  expect(hasJpegMetadata(jpeg(1, 1, jfif))).toBe(false);
  expect(hasJpegMetadata(jpeg(1, 1, [...jfif, ...exif]))).toBe(true);
  expect(hasJpegMetadata(jpeg(1, 1, [0xff, 0xfe, 0, 3, 65]))).toBe(true);
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
  expect(readDimensions(jpeg(640, 480))).toEqual({ width: 640, height: 480 });
});
