import type { Schema } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import type { LoadedKind } from "../../packages/fairlead/src/kinds/load.ts";
import { typeName, unwrap } from "../../packages/fairlead/src/schema/field.ts";

export function kindIndex(kinds: readonly LoadedKind[]): string {
  const list = kinds.map(({ kind, description }) => `| [${kind}](${kind.toLowerCase()}.md) | ${description} |\n`);
  return `# Kinds\n\nAll kinds have the apiVersion \`fairlead.dev/v1alpha1\`.\n\n| kind | what it is |\n|---|---|\n${list.join("")}`;
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
    result.push(`| \`${field}\` | ${typeName(child)}${required} | ${cell(child)} |\n`);
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
