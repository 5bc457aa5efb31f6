/** Nothing that the server can say is beyond lying about: what the protocol gets later, too. */
import { encodeCbor } from "@nimes/protocol/cbor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { randomOf } from "../random.ts";
import {
  clientFrames,
  frameLies,
  httpLies,
  isValueLie,
  namedRoutes,
  serverFrames,
  submitLies,
} from "./all-lies.ts";
import { changeValue } from "./change-value.ts";
import { createDictionary, type Dictionary } from "./dictionary.ts";
import { inventObject, inventValue } from "./invent-value.ts";
import { inventAnswer } from "./lying-sockets.ts";
import { fitsShape, nameOf, placesOf, type Shape, shapeOf } from "./shapes.ts";

/** Has seen a few of everything that cannot be made up. */
function learned(shape: Shape): Dictionary {
  const dictionary = createDictionary();
  for (const { shape: field, path } of placesOf(shape)) {
    if (field.pattern === undefined) continue;
    const samples = fc.sample(
      fc.stringMatching(new RegExp(field.pattern)).filter((text) => fitsShape(field, text)),
      { numRuns: 4, seed: 1 },
    );
    for (const text of samples)
      dictionary.learn(
        {
          type: "object",
          properties: { [path.at(-1) === "[]" ? path.slice(-2).join("") : (path.at(-1) ?? "")]: field },
        },
        { [path.slice(path.at(-1) === "[]" ? -2 : -1).join("")]: text },
      );
  }
  return dictionary;
}

function canBeTold(
  shape: Shape,
  tell: (value: unknown, attempt: number, dictionary: Dictionary) => boolean,
): boolean {
  const dictionary = learned(shape);
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const random = randomOf("sample", attempt);
    const value = inventObject(shape, {}, { dictionary, random });
    if (!value) continue;
    dictionary.learn(shape as Parameters<Dictionary["learn"]>[0], value);
    if (tell(value, attempt, dictionary)) return true;
  }
  return false;
}

const answered = namedRoutes.flatMap(({ name, route }) =>
  route.answer === "bytes" ? [] : [{ type: name, shape: shapeOf(route.answer) }],
);

test.for([...serverFrames, ...answered])(
  "every field of $type can be lied about, and the lie has its shape",
  ({ type, shape }) => {
    const lies = [...frameLies, ...httpLies].filter(({ subject }) => subject === type);
    expect(lies.length).toBeGreaterThan(0);
    const named = placesOf(shape)
      .filter((place) => !("const" in place.shape))
      .map(nameOf);
    expect(
      named.filter((name) => !lies.some((lie) => isValueLie(lie) && nameOf(lie.place) === name)),
    ).toEqual([]);
    const untold = lies.filter(
      (lie) =>
        isValueLie(lie) &&
        !canBeTold(shape, (value, attempt, dictionary) => {
          const honest = encodeCbor(value);
          const inventor = { dictionary, random: randomOf(lie.label, attempt) };
          const change = changeValue({ shape, value }, lie, inventor);
          return (
            change !== undefined && fitsShape(shape, value) && String(encodeCbor(value)) !== String(honest)
          );
        }),
    );
    expect(untold.map(({ label }) => label)).toEqual([]);
  },
);

test.for([...clientFrames])(
  "to $subjects answers are made up, and it may be swallowed",
  ({ subjects, shape }) => {
    for (const subject of subjects)
      expect(submitLies.filter((lie) => lie.subject === subject).map(({ kind }) => kind)).toContain(
        "swallow",
      );
    const isAnswered = canBeTold(shape, (value, attempt, dictionary) => {
      const answer = inventAnswer(value as Record<string, unknown>, {
        dictionary,
        random: randomOf("answer", attempt),
      });
      return answer !== undefined && serverFrames.some((frame) => fitsShape(frame.shape, answer));
    });
    expect(isAnswered).toBe(true);
  },
);

test("every route can be refused with any code, lost and answered again", () => {
  for (const { name } of namedRoutes)
    expect(httpLies.filter(({ subject }) => subject === name).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(["lost", "unheard", "again", "code", "spoil"]),
    );
});

test("no two lies share a label", () => {
  const labels = [...frameLies, ...submitLies, ...httpLies].map(({ label }) => label);
  expect(labels.filter((label, index) => labels.indexOf(label) !== index)).toEqual([]);
});

test("what was seen under a name is handed out under it, in another place", () => {
  const dictionary = createDictionary();
  const shape = serverFrames.find(({ type }) => type === "delivered")?.shape ?? {};
  const frame = { type: "delivered", roomId: "ab".repeat(32), sequence: 7 };
  dictionary.learn(shape as Parameters<Dictionary["learn"]>[0], frame);
  const field = shape.properties?.sequence ?? {};
  expect(dictionary.recall(field, "sequence", randomOf(1))).toBe(7);
  expect(inventValue(field, "sequence", { dictionary: createDictionary(), random: randomOf(1) })).toBeTypeOf(
    "number",
  );
});
