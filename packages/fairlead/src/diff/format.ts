import { formatPath, type JsonValue } from "@fairlead/apimachinery";
import { formatRef, print } from "@fairlead/krm";
import type { ObjectDiff } from "./compare.ts";

interface Styles {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** A diff by field for people: one block per object, one line per field, secrets masked. */
export function formatDiffs(diffs: readonly ObjectDiff[], styles: Styles): string {
  return diffs.map((one) => formatDiff(one, styles)).join("");
}

function formatDiff(one: ObjectDiff, { bold, red, green }: Styles): string {
  if (one.kind === "added") return `${green(`+ ${bold(formatRef(one.ref))}`)}\n`;
  if (one.kind === "removed") return `${red(`- ${bold(formatRef(one.ref))}`)}\n`;
  const lines = [`~ ${bold(formatRef(one.ref))}`];
  for (const { path, kind, before, after } of one.changes) {
    const secret = one.ref.kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
    lines.push(`    ${formatPath(path)}`);
    if (kind !== "add") lines.push(red(block("-", before, secret)));
    if (kind !== "remove") lines.push(green(block("+", after, secret)));
  }
  return `${lines.join("\n")}\n`;
}

function block(sign: string, value: JsonValue | undefined, secret: boolean): string {
  const text = secret ? "(secret)" : print(value ?? null).trimEnd();
  return text
    .split("\n")
    .map((line) => `      ${sign} ${line}`)
    .join("\n");
}

/** The same for machines. */
export function diffsToJson(diffs: readonly ObjectDiff[]) {
  return {
    schemaVersion: 1,
    objects: diffs.map((one) => ({
      change: one.kind,
      object: one.ref,
      fields:
        one.kind === "changed"
          ? one.changes.map(({ path, kind, before, after }) => {
              const secret = one.ref.kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
              return { path: formatPath(path), change: kind, ...(secret ? {} : { before, after }) };
            })
          : [],
    })),
  };
}
