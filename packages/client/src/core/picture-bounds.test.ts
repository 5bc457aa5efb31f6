import { limits } from "@nimes/protocol/limits";
import {
  canvasChunk,
  jpegHeader,
  losslessChunk,
  pngChunk,
  pngOf,
  webpChunk,
  webpOf,
} from "@nimes/testing/client/pictures";
import { expect, test } from "vitest";
import { pictureBounds, readPicture, thumbnailBounds } from "./picture-bounds.ts";

test("32 KiB that decode to a gigabyte are no thumbnail, whatever they are (B4)", () => {
  const bombs = [
    pngOf(15_000, 15_000),
    jpegHeader(65_000, 65_000),
    webpOf(losslessChunk(16_000, 16_000)),
    jpegHeader(20_000, 1),
  ];
  for (const bomb of bombs) {
    expect(bomb.byteLength).toBeLessThanOrEqual(limits.maxThumbnailBytes);
    expect(readPicture(bomb, thumbnailBounds)).toEqual({ ok: false, code: "picture-too-large" });
  }
  expect(readPicture(jpegHeader(6_000, 6_000), pictureBounds)).toMatchObject({ code: "picture-too-large" });
});

test("what this app sends is shown", () => {
  for (const [width, height] of [
    [480, 360],
    [360, 480],
    [18, 480],
  ] as const)
    expect(readPicture(jpegHeader(width, height), thumbnailBounds)).toEqual({
      ok: true,
      value: "image/jpeg",
    });
  expect(readPicture(jpegHeader(2560, 2560), pictureBounds)).toMatchObject({ ok: true });
  // A long page, photographed as one.
  expect(readPicture(jpegHeader(600, 16_000), pictureBounds)).toMatchObject({ ok: true });
  expect(readPicture(pngOf(400, 300), thumbnailBounds)).toEqual({ ok: true, value: "image/png" });
  expect(readPicture(webpOf(losslessChunk(40, 30)), thumbnailBounds)).toEqual({
    ok: true,
    value: "image/webp",
  });
});

test("what moves, is cut off in its header, or is no picture is not shown (B3)", () => {
  const moving = [
    webpOf(canvasChunk(10, 10, 0x02), webpChunk("ANMF", new Uint8Array(16))),
    webpOf(canvasChunk(10, 10, 0x02)),
    pngOf(10, 10, [pngChunk("acTL", new Uint8Array(8))]),
  ];
  const cut = [pngOf(10, 10).subarray(0, 20), jpegHeader(10, 10).subarray(0, 6), new Uint8Array(0)];
  const foreign = ["GIF89a\u0001\u0000", "BM", "<svg/>"].map((text) => new TextEncoder().encode(text));
  for (const bytes of [...moving, ...cut, ...foreign])
    expect(readPicture(bytes, thumbnailBounds)).toEqual({ ok: false, code: "picture-unreadable" });
});
