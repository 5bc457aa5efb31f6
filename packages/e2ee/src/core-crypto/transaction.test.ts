import "../node/memory-indexed-db.ts";
import { CoreCrypto, Database } from "@wireapp/core-crypto/browser";
import { beforeAll, expect, test } from "vitest";
import { readCoreCryptoWasm } from "../node/core-crypto-wasm.ts";
import { loadCoreCrypto } from "./load-core-crypto.ts";
import { inTransaction, keep, type OpenCore, rollBack } from "./transaction.ts";

beforeAll(async () => {
  await loadCoreCrypto(await readCoreCryptoWasm());
});

async function openCore(): Promise<OpenCore> {
  const writes = await loadCoreCrypto(await readCoreCryptoWasm());
  return { core: CoreCrypto.new(await Database.inMemory()), writes };
}
const stored = (core: OpenCore) => inTransaction(core, async (context) => keep(await context.getData()));

test("what is kept stays", async () => {
  const core = await openCore();
  const value = await inTransaction(core, async (context) => {
    await context.setData(Uint8Array.of(1));
    return keep("kept");
  });
  expect(value).toBe("kept");
  expect(await stored(core)).toEqual(Uint8Array.of(1));
});

test("what is rolled back is gone, and the verdict's value comes out", async () => {
  const core = await openCore();
  const value = await inTransaction(core, async (context) => {
    await context.setData(Uint8Array.of(1));
    return rollBack("refused");
  });
  expect(value).toBe("refused");
  expect(await stored(core)).toBeUndefined();
});

test("what is thrown comes out as it was thrown, whatever it is, and rolls back", async () => {
  const core = await openCore();
  for (const thrown of [new TypeError("mine"), "a string", undefined]) {
    const failing = inTransaction(core, async (context) => {
      await context.setData(Uint8Array.of(1));
      throw thrown;
    });
    await expect(failing.catch((error: unknown) => ({ error }))).resolves.toEqual({ error: thrown });
  }
  expect(await stored(core)).toBeUndefined();
});

test("the verdict does not depend on a browser that knows Error.isError", async () => {
  const core = await openCore();
  const isError = Object.getOwnPropertyDescriptor(Error, "isError");
  Reflect.deleteProperty(Error, "isError");
  try {
    const refused = await inTransaction(core, async (context) => {
      await context.setData(Uint8Array.of(1));
      return rollBack("refused");
    });
    expect(refused).toBe("refused");
    const failing = inTransaction(core, () => Promise.reject(new Error("mine")));
    await expect(failing).rejects.toThrow("mine");
  } finally {
    if (isError) Object.defineProperty(Error, "isError", isError);
  }
  expect(await stored(core)).toBeUndefined();
});

test("transactions of one instance run one after the other", async () => {
  const core = await openCore();
  const order: string[] = [];
  const step = (name: string) =>
    inTransaction(core, async (context) => {
      order.push(`${name} begins`);
      await context.randomBytes(8).catch(() => undefined);
      await Promise.resolve();
      order.push(`${name} ends`);
      return keep(undefined);
    });
  await Promise.all([step("one"), step("two"), step("three")]);
  expect(order).toEqual(["one begins", "one ends", "two begins", "two ends", "three begins", "three ends"]);
});
