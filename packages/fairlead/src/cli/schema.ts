import { loadDescriptions, type JsonObject } from "@fairlead/apimachinery";
import { printStream, print, type KrmObject } from "@fairlead/krm";
import { admiralKinds } from "../kinds/admiral/admiral-kinds.ts";
import { kindNames, loadKind, type KindName } from "../kinds/load.ts";
import { admiralCrdOf, admiralSchemaKind } from "../schema/admiral-crd.ts";
import { crdOf } from "../schema/crd.ts";
import { jsonSchemaOf } from "../schema/json-schema.ts";
import { openApiOf } from "../schema/openapi.ts";
import type { SchemaKind } from "../schema/schema-kind.ts";
import { version } from "../version.ts";
import type { CliContext } from "./context.ts";
import { kindByName, unknownKind } from "./kind-argument.ts";
import type { KindGroup } from "./kind-group.ts";
import { refuse } from "./report.ts";
import type { SchemaFlags } from "./schema.command.ts";
import { writeFolder, type OutputFile } from "./write.ts";

/** A kind in the forms that are printed. */
interface Printed extends SchemaKind {
  readonly crd: () => KrmObject;
}

export async function schema(this: CliContext, flags: SchemaFlags, ...names: string[]): Promise<void> {
  const kinds = names.length === 0 ? await kindsOf(flags.group) : await kindsNamed(names);
  if (typeof kinds === "string") {
    refuse(this, unknownKind(kinds));
    return;
  }
  if (flags.out === undefined) this.process.stdout.write(await render(kinds, flags.format));
  else await writeFolder(this, flags.out, await filesOf(kinds, flags.format));
}

const ofAdmiral: readonly (Printed & { readonly names: readonly string[] })[] = admiralKinds.map((kind) => ({
  ...admiralSchemaKind(kind),
  names: [kind.singular, kind.plural, ...kind.shortNames],
  crd: () => admiralCrdOf(kind),
}));

async function ours(name: KindName): Promise<Printed> {
  const kind = await loadKind(name);
  return { ...kind, crd: () => crdOf(kind) };
}

async function kindsOf(group: KindGroup): Promise<readonly Printed[]> {
  const own = await Promise.all((group === "mesh" ? (["MeshConfig"] as const) : kindNames).map(ours));
  return group === "fairlead" ? own : [...own, ...ofAdmiral];
}

/** The kinds of these names, of whatever group; the first name that is none. */
async function kindsNamed(names: readonly string[]): Promise<readonly Printed[] | string> {
  const found: Printed[] = [];
  for (const name of names) {
    const own = kindByName(name);
    const other = ofAdmiral.find((kind) => kind.names.includes(name.toLowerCase()));
    if (own === undefined && other === undefined) return name;
    found.push(own === undefined ? other! : await ours(own));
  }
  return found;
}

async function render(kinds: readonly Printed[], format: SchemaFlags["format"]): Promise<string> {
  if (format === "crd") return printStream(kinds.map(({ crd }) => crd()));
  return json(format === "openapi" ? openApiOf(kinds, version) : jsonSchemaOf(kinds, await loadDescriptions()));
}

/** One file per kind, and for editors one with all of them; a single document for OpenAPI. */
async function filesOf(kinds: readonly Printed[], format: SchemaFlags["format"]): Promise<OutputFile[]> {
  if (format === "openapi") return [{ path: "openapi.json", text: json(openApiOf(kinds, version)) }];
  if (format === "crd") return kinds.map(({ plural, crd }) => ({ path: `${plural}.yaml`, text: print(crd()) }));
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
