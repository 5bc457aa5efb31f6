/** What is refused before anything is decoded; decoding itself is tested in a browser. Node has no decoder to fall back on. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { canvasPictures } from "./canvas-pictures.ts";

const makeSafe = (bytes: Uint8Array<ArrayBuffer> | string, type = "image/jpeg") =>
  canvasPictures.makeSafe(new Blob([bytes], { type }));

function pngHeader(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(33);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  new DataView(bytes.buffer).setUint32(16, width);
  new DataView(bytes.buffer).setUint32(20, height);
  return bytes;
}

test("a picture of 30,000 × 30,000 pixels is refused before it is decoded (B4)", async () => {
  expect(await makeSafe(pngHeader(30_000, 30_000))).toEqual({ ok: false, code: "picture-too-large" });
});

test("SVG, HTML and XML that call themselves JPEG are refused (B3)", async () => {
  for (const text of [
    "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "<!doctype html><p>",
    "<?xml version='1.0'?>",
  ])
    expect(await makeSafe(text)).toEqual({ ok: false, code: "picture-unreadable" });
});

test("what only begins like a picture is refused", async () => {
  expect(await makeSafe(Uint8Array.of(0xff, 0xd8, 0xff))).toEqual({ ok: false, code: "picture-unreadable" });
  expect(await makeSafe(pngHeader(20, 20))).toEqual({ ok: false, code: "picture-unreadable" });
});

test("HEIF is refused with a sentence of its own, not sent as a broken picture", async () => {
  const file = join(import.meta.dirname, "../../../../../../shared/testdata/images/samplefilehub.heif");
  const brand = Uint8Array.of(0, 0, 0, 24, ...new TextEncoder().encode("ftypheic"), 0, 0, 0, 0);
  const bytes = existsSync(file) ? new Uint8Array(readFileSync(file)) : brand;
  expect(await makeSafe(bytes, "image/heif")).toEqual({ ok: false, code: "picture-unreadable" });
});
