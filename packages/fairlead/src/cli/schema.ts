import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadDescriptions, type JsonObject } from "@fairlead/apimachinery";
import { printStream, print } from "@fairlead/krm";
import { loadKind, type LoadedKind } from "../kinds/load.ts";
import { crdOf } from "../schema/crd.ts";
import { jsonSchemaOf } from "../schema/json-schema.ts";
import { openApiOf } from "../schema/openapi.ts";
import { version } from "../version.ts";
import type { CliContext } from "./context.ts";
import { resolveKinds } from "./kind-argument.ts";
import type { SchemaFlags } from "./schema.command.ts";

export async function schema(this: CliContext, flags: SchemaFlags, ...names: string[]): Promise<void> {
  const resolved = resolveKinds(this, names);
  if (resolved === undefined) return;
  const kinds = await Promise.all(resolved.map((name) => loadKind(name)));
  if (flags.out === undefined) this.process.stdout.write(await render(kinds, flags.format));
  else await writeAll(path.resolve(this.cwd, flags.out), kinds, flags.format);
}

async function render(kinds: readonly LoadedKind[], format: SchemaFlags["format"]): Promise<string> {
  if (format === "crd") return printStream(kinds.map(crdOf));
  return json(format === "openapi" ? openApiOf(kinds, version) : jsonSchemaOf(kinds, await loadDescriptions()));
}

async function writeAll(folder: string, kinds: readonly LoadedKind[], format: SchemaFlags["format"]): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (format === "openapi") return writeFile(path.join(folder, "openapi.json"), json(openApiOf(kinds, version)));
  for (const kind of kinds) {
    const [name, text] =
      format === "crd"
        ? [`${kind.plural}.yaml`, print(crdOf(kind))]
        : [`${kind.kind.toLowerCase()}.schema.json`, json(jsonSchemaOf([kind], await loadDescriptions()))];
    await writeFile(path.join(folder, name), text);
  }
  if (format === "json-schema" && kinds.length > 1) {
    await writeFile(path.join(folder, "fairlead.schema.json"), json(jsonSchemaOf(kinds, await loadDescriptions())));
  }
}

function json(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
