import { orgIdOf } from "@nimes/protocol/ids";
import { letterQrText } from "@nimes/protocol/letter-code";
import { encode } from "uqr";
import { expect, test } from "vitest";
import { readPicture } from "./read-picture.ts";

const text = letterQrText({
  orgId: orgIdOf(new Uint8Array(32).fill(7)),
  secret: Uint8Array.from({ length: 16 }, (_, at) => at * 17),
});
const code = encode(text, { border: 2, ecc: "M" });

/** A letter before a camera: turned, seen from the side, lit unevenly, grainy. The same in every run. */
function photograph(how: { turn?: number; lean?: number; shade?: number; grain?: number; size?: number }) {
  const { turn = 0, lean = 0, shade = 0, grain = 0, size = 260 } = how;
  const [width, height] = [640, 480];
  let seed = 7;
  const random = () => {
    seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  const isDark = (x: number, y: number): boolean => {
    const [dx, dy] = [x - width / 2, y - height / 2];
    const across = (Math.cos(turn) * dx + Math.sin(turn) * dy) / size;
    const down = (Math.cos(turn) * dy - Math.sin(turn) * dx) / size;
    const depth = 1 + lean * across;
    const at = (part: number) => Math.floor((part / depth + 0.5) * code.size);
    return code.data[at(down)]?.[at(across)] ?? false;
  };
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const light = (isDark(x, y) ? 30 : 220) * (1 - (shade * x) / width) + grain * 2 * random();
      data.fill(light, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  return { data, width, height };
}

test.each([
  ["straight", {}],
  ["turned", { turn: 0.5 }],
  ["upside down", { turn: Math.PI }],
  ["from the side", { turn: 0.2, lean: 0.25 }],
  ["in bad light", { shade: 0.6, grain: 30 }],
  ["from afar", { size: 120 }],
])("the code of a letter is read %s", (_, how) => {
  expect(readPicture(photograph(how))).toBe(text);
});

test("a picture without a code, or with half of one, says nothing", () => {
  expect(readPicture({ data: new Uint8ClampedArray(64 * 64 * 4), width: 64, height: 64 })).toBeUndefined();
  expect(readPicture(photograph({ size: 1_400 }))).toBeUndefined();
  expect(readPicture(photograph({ size: 40, grain: 60 }))).toBeUndefined();
});
