/** Collects the licences of everything that the messenger is built from, for the page that names them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

type Manifest = { name: string; version: string; license?: string; dependencies?: Record<string, string> };
type LicenceNotice = { name: string; version: string; licence: string; text: string };

const moduleName = "virtual:notices";

export function notices(root: string): Plugin {
  return {
    name: "notices",
    resolveId: (id) => (id === moduleName ? `\0${moduleName}` : null),
    load: (id) =>
      id === `\0${moduleName}` ? `export const notices = ${JSON.stringify(collectNotices(root))};` : null,
  };
}

/** Follows the dependencies of a package, through our own workspaces, and reads each licence. */
export function collectNotices(root: string): LicenceNotice[] {
  const found = new Map<string, LicenceNotice>();
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { name, version, license, dependencies = {} } = manifest;
    if (!name.startsWith("@nimes/"))
      found.set(name, { name, version, licence: license ?? "", text: licenceText(folder) });
    for (const dependency of Object.keys(dependencies)) {
      const next = folderOf(dependency, folder);
      if (next) visit(next);
    }
  };
  visit(root);
  // The workspaces that the worker is made of are found by name, not by a dependency entry.
  for (const workspace of ["protocol", "e2ee", "client"]) visit(join(root, "../../packages", workspace));
  return [...found.values()].sort((one, other) => one.name.localeCompare(other.name, "en"));
}

/** Where a package stands, looked for upwards as Node does. Optional ones may be missing. */
function folderOf(name: string, from: string): string | undefined {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return undefined;
}

function licenceText(folder: string): string {
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  return file ? readFileSync(join(folder, file), "utf8").trim() : "";
}
