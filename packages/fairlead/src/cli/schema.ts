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
import { writeFolder, type OutputFile } from "./write.ts";

export async function schema(this: CliContext, flags: SchemaFlags, ...names: string[]): Promise<void> {
  const resolved = resolveKinds(this, names);
  if (resolved === undefined) return;
  const kinds = await Promise.all(resolved.map((name) => loadKind(name)));
  if (flags.out === undefined) this.process.stdout.write(await render(kinds, flags.format));
  else await writeFolder(this, flags.out, await filesOf(kinds, flags.format));
}

async function render(kinds: readonly LoadedKind[], format: SchemaFlags["format"]): Promise<string> {
  if (format === "crd") return printStream(kinds.map(crdOf));
  return json(format === "openapi" ? openApiOf(kinds, version) : jsonSchemaOf(kinds, await loadDescriptions()));
}

/** One file per kind, and for editors one with all of them; a single document for OpenAPI. */
async function filesOf(kinds: readonly LoadedKind[], format: SchemaFlags["format"]): Promise<OutputFile[]> {
  if (format === "openapi") return [{ path: "openapi.json", text: json(openApiOf(kinds, version)) }];
  if (format === "crd") return kinds.map((kind) => ({ path: `${kind.plural}.yaml`, text: print(crdOf(kind)) }));
  const descriptions = await loadDescriptions();
  const files = kinds.map((kind) => ({
    path: `${kind.kind.toLowerCase()}.schema.json`,
    text: json(jsonSchemaOf([kind], descriptions)),
  }));
  return kinds.length === 1
    ? files
    : [...files, { path: "fairlead.schema.json", text: json(jsonSchemaOf(kinds, descriptions)) }];
}

function json(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
