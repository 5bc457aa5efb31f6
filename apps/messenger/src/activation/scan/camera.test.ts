import { expect, test } from "vitest";
import { openCamera } from "./camera.ts";

test.each([
  ["NotAllowedError", "refused"],
  ["NotFoundError", "missing"],
  ["NotReadableError", "busy"],
  ["InvalidStateError", "failed"],
])("a camera that ends in %s is said to be %s", async (name, problem) => {
  const getUserMedia = () => Promise.reject(new DOMException("", name));
  expect(await openCamera({ getUserMedia })).toBe(problem);
});

test("a browser that has no cameras at all says so", async () => {
  expect(await openCamera(undefined)).toBe("missing");
});

test("the camera takes no sound, and ends when it is stopped", async () => {
  const asked: unknown[] = [];
  let stopped = 0;
  const tracks = [{ stop: () => (stopped += 1) }, { stop: () => (stopped += 1) }];
  const getUserMedia = (constraints: unknown) => {
    asked.push(constraints);
    return Promise.resolve({ getTracks: () => tracks } as unknown as MediaStream);
  };
  const camera = await openCamera({ getUserMedia });
  if (typeof camera === "string") throw new Error(camera);
  expect(asked).toMatchObject([{ audio: false }]);
  camera.stop();
  expect(stopped).toBe(2);
});
