import { formatDiffPath, type Change, type JsonValue } from "@fairlead/apimachinery";
import { formatRef, print } from "@fairlead/krm";
import type { ObjectDiff } from "./compare.ts";

interface Styles {
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** A diff by field for people: one block per object, the old and the new value of each field, secrets masked. */
export function formatDiffs(diffs: readonly ObjectDiff[], styles: Styles): string {
  return diffs.map((one) => formatDiff(one, styles)).join("");
}

function formatDiff(one: ObjectDiff, { bold, red, green }: Styles): string {
  if (one.kind !== "changed") {
    const [paint, sign] = one.kind === "added" ? [green, "+"] : [red, "-"];
    return `${paint(`${sign} ${bold(formatRef(one.ref))}`)}\n`;
  }
  const lines = [`~ ${bold(formatRef(one.ref))}`];
  for (const change of one.changes) {
    const secret = isSecret(one, change);
    lines.push(`    ${formatDiffPath(change.path)}${change.kind === "order" ? " (order)" : ""}`);
    if ("before" in change) lines.push(red(block("-", change.before, secret)));
    if ("after" in change) lines.push(green(block("+", change.after, secret)));
  }
  return `${lines.join("\n")}\n`;
}

function isSecret({ ref }: ObjectDiff, { path }: Change): boolean {
  return ref.kind === "Secret" && (path[0] === "data" || path[0] === "stringData");
}

function block(sign: string, value: JsonValue, secret: boolean): string {
  const text = secret ? "(secret)" : print(value).trimEnd();
  return text
    .split("\n")
    .map((line) => `      ${sign} ${line}`)
    .join("\n");
}

/** The same for machines. */
export function diffsToJson(diffs: readonly ObjectDiff[]) {
  return {
    schemaVersion: 1,
    objects: diffs.map((one) => ({ change: one.kind, object: one.ref, fields: fieldsOf(one) })),
  };
}

function fieldsOf(one: ObjectDiff) {
  if (one.kind !== "changed") return [];
  return one.changes.map((change) => {
    const { path, kind, ...values } = change;
    return { path: formatDiffPath(path), change: kind, ...(isSecret(one, change) ? {} : values) };
  });
}
