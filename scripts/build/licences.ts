import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Metafile } from "esbuild";
import { root } from "./workspace.ts";

/** The licence texts of the packages that are part of a bundle: their licences ask for it. */
export function licences(metafile: Metafile): string {
  const names = new Set<string>();
  for (const input of Object.keys(metafile.inputs)) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name !== undefined) names.add(name);
  }
  const sections = [...names].sort().map((name) => {
    const folder = path.join(root, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
      version: string;
      license: string;
    };
    const file = readdirSync(folder).find(
      (entry) => /^licen[cs]e/i.test(entry) && existsSync(path.join(folder, entry)),
    );
    const text =
      file === undefined ? `Licensed under ${license}.` : readFileSync(path.join(folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `This file contains the following packages.\n\n${sections.join(`\n${"-".repeat(80)}\n\n`)}`;
}
