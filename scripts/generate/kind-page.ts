import type { Schema } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import type { AdmiralKind } from "../../packages/fairlead/src/kinds/admiral/admiral-kind.ts";
import type { LoadedKind } from "../../packages/fairlead/src/kinds/load.ts";
import { typeName, unwrap } from "../../packages/fairlead/src/schema/field.ts";

export function kindIndex(kinds: readonly LoadedKind[], admiral: readonly AdmiralKind[]): string {
  const row = ({ kind, description }: Pick<LoadedKind, "kind" | "description">) =>
    `| [${kind}](${kind.toLowerCase()}.md) | ${description} |\n`;
  const head = "| kind | what it is |\n|---|---|\n";
  return (
    `# Kinds\n\nAll kinds have the apiVersion \`fairlead.dev/v1alpha1\`.\n\n${head}${kinds.map(row).join("")}\n` +
    "## Kinds of a mesh\n\nThese have the apiVersion `admiral.io/v1alpha1`: they are those of Admiral, unchanged in shape, with a status. " +
    `\`fairlead schema --group mesh\` prints their definitions, and \`fairlead crds install --group mesh\` installs them.\n\n${head}${admiral.map(row).join("")}`
  );
}

/** The reference page of a kind of \`admiral.io\`. */
export function admiralPage({ kind, description, shortNames, example, spec }: AdmiralKind): string {
  return (
    `# ${kind}\n\n${description} Short names: ${shortNames.map((name) => `\`${name}\``).join(", ")}.\n\n\`\`\`yaml\n${print(example)}\`\`\`\n\n` +
    `| field | type | what it is |\n|---|---|---|\n${rows(spec, "spec", []).join("")}` +
    "\n`status` says in `conditions` whether the object counts and why, in `hosts` what it shapes, and in `clusters` where that is written.\n"
  );
}

/** The reference page of a kind: our own fields in full; passed-through ones by their definition. */
export function kindPage(kind: LoadedKind): string {
  const fields = rows(kind.spec, "spec", []);
  return (
    `# ${kind.kind}\n\n${kind.description}\n\n\`\`\`yaml\n${print(kind.example)}\`\`\`\n\n` +
    `\`fairlead explain ${kind.kind}.FIELD\` says the same on a terminal, also for every passed-through field.\n\n` +
    `| field | type | what it is |\n|---|---|---|\n${fields.join("")}`
  );
}

const deepest = 6;

function rows(schema: Schema, path: string, above: readonly Schema[]): string[] {
  if (above.length > deepest || above.includes(schema)) return [];
  const holder = unwrap(schema);
  const result: string[] = [];
  for (const [name, child] of Object.entries(holder.properties ?? {})) {
    const field = `${path}.${name}`;
    const required = holder.required?.includes(name) === true ? " (required)" : "";
    result.push(`| \`${field}\` | ${typeName(child).replaceAll("|", "\\|")}${required} | ${cell(child)} |\n`);
    result.push(...rows(child, child.type === "array" ? `${field}[]` : field, [...above, schema]));
  }
  const base = (holder as { "x-fairlead-extends"?: string })["x-fairlead-extends"];
  if (base !== undefined)
    result.push(
      `| \`${path}.…\` | | Every other field of Kubernetes' ${base.split(".").at(-1)}, under its own name. |\n`,
    );
  return result;
}

function cell(schema: Schema): string {
  const parts = [schema.description ?? ""];
  if (schema.enum !== undefined) parts.push(`One of ${schema.enum.map((value) => `\`${String(value)}\``).join(", ")}.`);
  if (schema.default !== undefined) parts.push(`Default: \`${JSON.stringify(schema.default)}\`.`);
  return parts
    .filter((part) => part !== "")
    .join(" ")
    .replaceAll("|", "\\|")
    .replaceAll("\n", " ");
}
