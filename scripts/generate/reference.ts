import { loadDescriptions, type JsonObject } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import { findingTables } from "../../packages/fairlead/src/findings.ts";
import { admiralKinds } from "../../packages/fairlead/src/kinds/admiral/admiral-kinds.ts";
import { kindNames, loadKind } from "../../packages/fairlead/src/kinds/load.ts";
import { admiralCrdOf } from "../../packages/fairlead/src/schema/admiral-crd.ts";
import { crdOf } from "../../packages/fairlead/src/schema/crd.ts";
import { jsonSchemaOf } from "../../packages/fairlead/src/schema/json-schema.ts";
import { commandPage } from "./command-page.ts";
import { deployFiles } from "./deploy-files.ts";
import { sidecarFlagsPage } from "./sidecar-pages.ts";
import { findingIndex, findingPage } from "./finding-page.ts";
import { admiralPage, kindIndex, kindPage } from "./kind-page.ts";
import { meshFlagsPage, meshModesPage } from "./mesh-pages.ts";

/** Folders of which the generator owns every file. */
export const ownedFolders = ["deploy/crds", "docs/reference/kinds", "docs/reference/findings"] as const;

/** Every generated file that people or clusters read. */
export async function generatedReference(): Promise<[string, string][]> {
  const kinds = await Promise.all(kindNames.map((name) => loadKind(name)));
  const descriptions = await loadDescriptions();
  const tables = await findingTables();
  const files: [string, string][] = [];
  for (const kind of kinds) {
    files.push([`deploy/crds/${kind.plural}.fairlead.dev.yaml`, print(crdOf(kind))]);
    files.push([`docs/reference/kinds/${kind.kind.toLowerCase()}.md`, kindPage(kind)]);
  }
  for (const kind of admiralKinds) {
    files.push([`deploy/crds/${kind.plural}.admiral.io.yaml`, print(admiralCrdOf(kind))]);
    files.push([`docs/reference/kinds/${kind.kind.toLowerCase()}.md`, admiralPage(kind)]);
  }
  files.push(["docs/reference/kinds/README.md", kindIndex(kinds, admiralKinds)]);
  files.push(["deploy/schemas/fairlead.schema.json", compact(jsonSchemaOf(kinds, descriptions))]);
  for (const [, table] of tables) {
    for (const [code, definition] of Object.entries(table.definitions)) {
      files.push([`docs/reference/findings/${code.toLowerCase()}.md`, findingPage(code, definition)]);
    }
  }
  files.push(["docs/reference/findings/README.md", findingIndex(tables)]);
  files.push(["docs/reference/mesh-flags.md", meshFlagsPage()]);
  files.push(["docs/reference/mesh-modes.md", meshModesPage()]);
  files.push(["docs/reference/cli.md", await commandPage()]);
  files.push(["docs/reference/sidecar-flags.md", sidecarFlagsPage()]);
  files.push(...deployFiles());
  return files;
}

/** One definition per line: small, and a change shows which definition changed. */
function compact(schema: JsonObject): string {
  const { definitions, ...head } = schema;
  const lines = Object.entries(definitions as JsonObject).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  return `{${JSON.stringify(head).slice(1, -1)},"definitions":{\n${lines.join(",\n")}\n}}\n`;
}
