import assert from "node:assert/strict";
import { valueAt, type FieldPath, type JsonValue } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { importCompose, type ComposeImport, type ComposeOptions } from "../../src/import/compose/compose.ts";

export type Files = { readonly [path: string]: string };

export function read(text: string, files: Files = {}, options: Partial<ComposeOptions> = {}): ComposeImport {
  return importCompose(text, {
    file: "compose.yaml",
    read: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
    ...options,
  });
}

export function declaration(result: ComposeImport, kind: string, name: string): KrmObject {
  const found = result.declarations.find((one) => one.kind === kind && one.metadata.name === name);
  assert.notEqual(
    found,
    undefined,
    `${kind} ${name} among ${result.declarations.map((one) => `${one.kind} ${one.metadata.name}`).join(", ")}`,
  );
  return found!;
}

export function at(object: KrmObject, ...path: FieldPath): JsonValue | undefined {
  return valueAt(object, ["spec", ...path]);
}

/** `FL554:7` for each finding, or those of one code. */
export function places(findings: readonly Finding[], code?: string): string[] {
  return findings
    .filter((finding) => code === undefined || finding.code === code)
    .map((finding) => `${finding.code}:${finding.line}`);
}

export const app = (fields: string) => `services:\n  web:\n    image: web:1\n${fields.replaceAll(/^/gm, "    ")}\n`;
