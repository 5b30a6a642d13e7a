import type { CompatFlag } from "../../packages/fairlead/src/plan/shared/pflag/flag.ts";
import { fortsaFlags, variableOf } from "../../packages/fairlead/src/plan/sidecars/config/flag-table.ts";

/** Flags and variables of the system that `sidecars` takes over from, one row each. */
export function sidecarFlagsPage(): string {
  return (
    "# The flags and variables of Fortsa\n\n" +
    "`fairlead run sidecars --compat-flags` takes the arguments of Fortsa (1.7.7) as they are, and its variables with them, in `compat: fortsa` mode. " +
    "An argument counts before its variable. Each flag sets the field of the [SidecarPolicy](kinds/sidecarpolicy.md) that stands in its row, under `spec`; " +
    "[how to take over](../how-to/migrate-from-fortsa.md) says what else differs.\n\n" +
    "- **command line**: used by the command itself.\n" +
    "- **no effect**: accepted; asking for something else than the default is said ([FL879](findings/fl879.md)).\n\n" +
    "| flag | variable | default | becomes | note |\n|---|---|---|---|---|\n" +
    fortsaFlags.map(row).join("")
  );
}

function row(flag: CompatFlag): string {
  const fields = flag.becomes.map((field) => `\`${field}\``).join(", ");
  const becomes = flag.effect === "field" ? fields : flag.effect === "command" ? "command line" : "no effect";
  const value = flag.type === "duration" ? `${String(flag.default)}s` : String(flag.default as never);
  const note = flag.note.replaceAll("|", "\\|");
  return `| \`--${flag.name}\` | \`${variableOf(flag)}\` | ${value === "" ? "" : `\`${value}\``} | ${becomes} | ${note} |\n`;
}
