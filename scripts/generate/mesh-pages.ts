import { isObject, type JsonValue } from "@fairlead/apimachinery";
import type { CompatFlag, FlagEffect } from "../../packages/fairlead/src/plan/shared/pflag/flag.ts";
import { flagGroups } from "../../packages/fairlead/src/plan/mesh/config/flags/table.ts";
import { modeRows } from "../../packages/fairlead/src/plan/mesh/config/modes.ts";

const effects: { readonly [Effect in FlagEffect]: string } = {
  field: "",
  always: "always so",
  unread: "no effect",
  pointless: "no effect",
  command: "command line",
  replaced: "another way",
};

/** The predecessor's flags, one row each. */
export function meshFlagsPage(): string {
  const tables = flagGroups.map(
    ([subject, flags]) =>
      `\n## ${subject}\n\n| flag | type | default | becomes | note |\n|---|---|---|---|---|\n${flags.map(flagRow).join("")}`,
  );
  return (
    "# The predecessor's flags\n\n" +
    "`fairlead run mesh --compat-flags` takes the arguments of Admiral as they are, in `compat: admiral` mode. " +
    "Each flag sets the field of the [MeshConfig](kinds/meshconfig.md) that stands in its row, under `spec`; what has no effect is accepted and said.\n\n" +
    "- **always so**: what the flag turns on cannot be turned off.\n" +
    "- **no effect**: the predecessor does not read it either, or what it tunes does not exist here.\n" +
    "- **command line**: a flag of `fairlead run mesh` does this.\n" +
    "- **another way**: who relies on it has something to set up, as the note says ([FL827](findings/fl827.md)).\n" +
    tables.join("")
  );
}

function flagRow({ name, shorthand, type, default: value, effect, becomes, note }: CompatFlag): string {
  const flag = shorthand === undefined ? `\`--${name}\`` : `\`--${name}\`, \`-${shorthand}\``;
  const fields = becomes.map((field) => `\`${field}\``).join(", ");
  const shown = type === "duration" ? `${String(value)}s` : shownValue(value as JsonValue);
  return `| ${flag} | ${type} | ${shown === "" ? "" : `\`${shown}\``} | ${effect === "field" ? fields : effects[effect]} | ${cell(note)} |\n`;
}

/** What differs between the modes, read off the two presets. */
export function meshModesPage(): string {
  const rows = modeRows().map(
    ({ field, ours, theirs, sentence }) =>
      `| \`${field}\` | ${modeValue(ours)} | ${modeValue(theirs)} | ${cell(sentence)} |\n`,
  );
  return (
    "# Default mode and compat mode\n\n" +
    "A mesh runs by Fairlead's own rules, or, with `compat: admiral` in its [MeshConfig](kinds/meshconfig.md), by those of Admiral to the letter. " +
    "The mode is nothing but the defaults of these fields: each can be set in either mode, so that one moves from the one to the other field by field. " +
    "Every other field has the same default in both.\n\n" +
    "| field | default mode | `compat: admiral` | what it is to you |\n|---|---|---|---|\n" +
    rows.join("")
  );
}

function modeValue(value: JsonValue | undefined): string {
  const text = value === undefined ? "" : shownValue(value);
  return text === "" ? "none" : `\`${text}\``;
}

function shownValue(value: JsonValue): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : value.map(shownValue).join(", ");
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${shownValue(item!)}`);
    return `{${entries.join(", ")}}`;
  }
  return String(value);
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
