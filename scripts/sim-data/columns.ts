import type { ServedResource } from "./discovery.ts";
import { packed, type Source } from "./source.ts";

interface Table {
  readonly columnDefinitions: readonly unknown[];
}

/** The columns that the server's tables have, of every resource that can be listed. */
export async function columnsFile(source: Source, served: readonly ServedResource[]): Promise<string> {
  const lines: string[] = [];
  for (const { group, version, root, resource } of served) {
    if (!resource.verbs.includes("list")) continue;
    const table = await source.json<Table>(
      `${root}/${resource.resource}`,
      "application/json;as=Table;v=v1;g=meta.k8s.io",
    );
    lines.push(`${group}/${version}/${resource.responseKind.kind} ${JSON.stringify(table.columnDefinitions)}`);
  }
  return `/** Brotli of ${lines.length} lines: GROUP/VERSION/KIND JSON. */\nexport const packed =\n  "${packed(Buffer.from(lines.join("\n")))}";\n`;
}
