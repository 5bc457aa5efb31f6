/** The page itself: only what the organisation signed is served, under strict headers, and nothing from elsewhere. */
import { spawnSync } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { securityHeaders } from "@nimes/protocol/security-headers";
import type { BrowserContext, Page } from "@playwright/test";
import type { Pilot } from "../fixtures/pilot.ts";
import { expect, phone, test } from "../fixtures/test.ts";

type Arrive = (pilot: Pilot) => Promise<{ page: Page; context: BrowserContext; origin: string }>;

/** A browser that has never been here, and the welcome page of one of the pilot's addresses. */
const release = test.extend<{
  visit: Arrive;
  tamper: (path: string, change: (file: string) => void) => void;
}>({
  visit: async ({ browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async ({ url }) => {
      const context = await browser.newContext(phone);
      contexts.push(context);
      const page = await context.newPage();
      await page.goto(url);
      return { page, context, origin: new URL(url).origin };
    });
    for (const context of contexts) await context.close();
  },
  /** Changes a file of the app at the server, and undoes it. */
  tamper: async ({ pilot }, use) => {
    const undo: (() => void)[] = [];
    await use((path, change) => {
      const file = join(pilot.appFolder, path);
      const before = readFileSync(file);
      undo.push(() => writeFileSync(file, before));
      change(file);
    });
    for (const one of undo.reverse()) one();
  },
});

const welcome = (page: Page) => page.getByRole("textbox", { name: "Code aus dem Brief" });
const refusal = (page: Page) => page.getByRole("heading", { name: "NIMes startet diese Fassung nicht" });
const inAssets = (pilot: Pilot, ending: string): string => {
  const name = readdirSync(join(pilot.appFolder, "assets")).find((file) => file.endsWith(ending));
  if (!name) throw new Error(`the app has no ${ending}`);
  return `assets/${name}`;
};

/** Signs what lies at the server, as whoever builds releases does. */
function signAgain(pilot: Pilot): void {
  const passphrase = readFileSync(join(pilot.dataFolder, "passphrase"), "utf8").trim();
  const cli = join(import.meta.dirname, "../../apps/cli/src/main.ts");
  const folder = join(pilot.dataFolder, "organisation");
  const { status, stderr } = spawnSync(
    process.execPath,
    [cli, "--folder", folder, "release", "sign", pilot.appFolder],
    { env: { ...process.env, NIMES_PASSPHRASE: passphrase }, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(stderr);
}

release(
  "the app, its WebAssembly included, comes from the verified release under every header and asks nobody else",
  async ({ browser, pilot }) => {
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    const requested: URL[] = [];
    context.on("request", (request) => requested.push(new URL(request.url())));
    const letter = await pilot.takeLetter();
    await page.goto(letter.url);
    // The letter is looked up by the client library in its worker.
    await expect(page.getByText("Organisation", { exact: true })).toBeVisible();
    const answer = await page.reload();
    await expect(welcome(page)).toBeVisible();
    expect(answer?.fromServiceWorker()).toBe(true);
    expect(answer?.headers()).toMatchObject(securityHeaders);
    const wasm = readdirSync(join(pilot.appFolder, "assets")).filter((name) => name.endsWith(".wasm"));
    expect(wasm).toHaveLength(1);
    const exported = await page.evaluate(async (path) => {
      const compiled = await WebAssembly.compileStreaming(fetch(path));
      return WebAssembly.Module.exports(compiled).length;
    }, `/assets/${wasm[0]}`);
    expect(exported).toBeGreaterThan(100);
    const { origin } = new URL(letter.url);
    expect(requested.length).toBeGreaterThan(10);
    expect(requested.filter((url) => url.protocol !== "blob:" && url.origin !== origin)).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  },
);

release(
  "the very first visit shows the sign and what is happening before any script, and then how far it is",
  async ({ browser, pilot }) => {
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    const go = Promise.withResolvers<void>();
    await page.route("**/*.js", async (route) => {
      await go.promise;
      await route.continue();
    });
    const percents: number[] = [];
    await page.exposeFunction("told", (percent: number) => percents.push(percent));
    await page.addInitScript(() =>
      new MutationObserver(() => {
        const bar = document.querySelector("progress");
        if (bar && !bar.hidden) (window as unknown as { told(percent: number): void }).told(bar.value);
      }).observe(document, { subtree: true, attributes: true, attributeFilter: ["value"] }),
    );
    await page.goto(pilot.url, { waitUntil: "commit" });
    await expect(page.getByText("Die App wird geladen …")).toBeInViewport();
    await expect(page.locator("#start img")).toBeInViewport();
    await expect
      .poll(() => page.locator("#start img").evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
    go.resolve();
    await expect(welcome(page)).toBeVisible();
    await expect(page.locator("#start")).toBeHidden();
    expect(percents.length).toBeGreaterThan(1);
    expect(percents.at(-1)).toBe(100);
    await context.close();
  },
);

release("the page cannot run text as code, nor load or send anything elsewhere", async ({ pilot, visit }) => {
  const { page } = await visit(pilot);
  await expect(welcome(page)).toBeVisible();
  const outcomes = await page.evaluate(async () => {
    const attempt = async (work: () => unknown): Promise<string> => {
      try {
        await work();
        return "possible";
      } catch (error) {
        return error instanceof Error ? error.name : "refused";
      }
    };
    const div = document.createElement("div");
    return {
      html: await attempt(() => {
        div.innerHTML = "<b>x</b>";
      }),
      code: await attempt(() => {
        document.createElement("script").text = "document.title = 'taken'";
      }),
      worker: await attempt(() => new Worker("/assets/other.js")),
      elsewhere: await attempt(() => fetch("https://example.org/")),
    };
  });
  expect(outcomes).toEqual({
    html: "TypeError",
    code: "TypeError",
    worker: "TypeError",
    elsewhere: "TypeError",
  });
});

release(
  "a changed file is refused at the first visit, with what happened and what to do in both languages",
  async ({ pilot, tamper, visit }) => {
    const path = inAssets(pilot, ".wasm");
    tamper(path, (file) => appendFileSync(file, ";steal();"));
    const { page, context } = await visit(pilot);
    await expect(refusal(page)).toBeVisible();
    await expect(page.getByText("Hier keine PIN und keinen Code aus einem Brief eingeben.")).toBeVisible();
    await expect(page.getByText("Enter no PIN and no code from a letter here.")).toBeVisible();
    await expect(page.getByText(`changed: /${path}`).first()).toBeVisible();
    await expect(page.getByRole("textbox")).toHaveCount(0);
    expect(await page.locator("script").count()).toBe(0);
    await context.close();
  },
);

release(
  "a missing file and a release that nobody signed are refused at the first visit",
  async ({ pilot, tamper, visit }) => {
    const path = inAssets(pilot, ".js");
    tamper(path, (file) => rmSync(file));
    const first = await visit(pilot);
    await expect(first.page.getByText(`missing: /${path}`).first()).toBeVisible();
    tamper("release.cbor", (file) => writeFileSync(file, "nonsense"));
    const second = await visit(pilot);
    await expect(refusal(second.page)).toBeVisible();
    await expect(second.page.getByText("unsigned").first()).toBeVisible();
  },
);

release(
  "a release that was verified goes on, with a changed server and without network",
  async ({ pilot, tamper, visit }) => {
    const { page, context } = await visit(pilot);
    await expect(welcome(page)).toBeVisible();
    tamper("index.html", (file) => writeFileSync(file, "<!doctype html><h1>Bitte PIN eingeben</h1>"));
    await page.reload();
    await expect(welcome(page)).toBeVisible();
    await context.setOffline(true);
    await page.reload();
    await expect(welcome(page)).toBeVisible();
  },
);

release(
  "what the release does not name is refused, even where the server has it; routes give no page",
  async ({ pilot, visit }) => {
    const { page, origin } = await visit(pilot);
    await expect(welcome(page)).toBeVisible();
    writeFileSync(join(pilot.appFolder, "more.html"), "<!doctype html><h1>Bitte PIN eingeben</h1>");
    for (const path of ["/more.html", "/v1/openapi.json"]) {
      await page.goto(origin + path);
      await expect(page.getByText(`not-listed: ${path}`).first()).toBeVisible();
    }
    rmSync(join(pilot.appFolder, "more.html"));
  },
);

release(
  "Cache Storage holds the public files of the release and nothing else, after the routes were asked too (C1)",
  async ({ pilot, browser }) => {
    const context = await browser.newContext(phone);
    const page = await context.newPage();
    const letter = await pilot.takeLetter();
    await page.goto(letter.url);
    await expect(page.getByText(letter.name)).toBeVisible();
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => url);
    });
    const { origin, hash } = new URL(letter.url);
    const files = readdirSync(pilot.appFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "organisation.cbor")
      .map((entry) => join(entry.parentPath, entry.name).slice(pilot.appFolder.length));
    expect(kept.sort()).toEqual([...files, "/state"].map((path) => origin + path).sort());
    expect(kept.join()).not.toContain(hash);
    await context.close();
  },
);

release(
  "a newer release is fetched while the one in use goes on, and taken at the next start; an older one is refused",
  async ({ pilotToChange: pilot, tamper, visit }) => {
    for (const path of ["release.cbor", "organisation.cbor", "index.html"]) tamper(path, () => undefined);
    const old = readFileSync(join(pilot.appFolder, "release.cbor"));
    const before = readFileSync(join(pilot.appFolder, "index.html"), "utf8");
    const { page } = await visit(pilot);
    await expect(welcome(page)).toBeVisible();
    const mark = '<meta name="description" content="neu">';
    writeFileSync(join(pilot.appFolder, "index.html"), before.replace("</head>", `${mark}</head>`));
    signAgain(pilot);
    const offer = () =>
      page.evaluate(() => {
        const { port1, port2 } = new MessageChannel();
        const answered = new Promise<unknown>((resolve) => {
          port1.onmessage = ({ data }) => resolve(data.offer);
        });
        navigator.serviceWorker.controller?.postMessage("standing", [port2]);
        return answered;
      });
    expect(await offer()).toMatchObject({ state: "ready" });
    const marked = page.locator('meta[content="neu"]');
    await expect(marked).toHaveCount(0);
    await page.reload();
    await expect(welcome(page)).toBeVisible();
    await expect(marked).toHaveCount(1);
    writeFileSync(join(pilot.appFolder, "index.html"), before);
    writeFileSync(join(pilot.appFolder, "release.cbor"), old);
    expect(await offer()).toEqual({ state: "refused", refusal: { reason: "older" } });
    await page.reload();
    await expect(welcome(page)).toBeVisible();
    await expect(marked).toHaveCount(1);
  },
);
