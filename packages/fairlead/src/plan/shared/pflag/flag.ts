/** How pflag reads a value: the types that predecessors' command lines use. */
export type FlagType = "bool" | "int" | "int32" | "int64" | "string" | "duration" | "strings" | "map";

/** `duration` in seconds. */
export type FlagValue = boolean | number | string | readonly string[] | { readonly [key: string]: string };

/**
 * What becomes of a flag. `field`: it sets fields of our configuration. `always`: what it turns on is always so. `unread`:
 * the predecessor does not read it either. `pointless`: what it tunes does not exist here. `command`: a matter of the
 * command line. `replaced`: done in another way, so that whoever relies on it has something to do.
 */
export type FlagEffect = "field" | "always" | "unread" | "pointless" | "command" | "replaced";

export interface CompatFlag {
  readonly name: string;
  readonly shorthand?: string;
  readonly type: FlagType;
  /** The predecessor's. */
  readonly default: FlagValue;
  readonly effect: FlagEffect;
  /** Fields of our configuration's spec, for `field`. */
  readonly becomes: readonly string[];
  /** One sentence for people. */
  readonly note: string;
  /** With this value nothing that would have to be replaced is asked for. */
  readonly harmless?: FlagValue;
}

type Default = FlagValue;

const row =
  (effect: FlagEffect) =>
  (name: string, type: FlagType, value: Default, note: string, more: Partial<CompatFlag> = {}): CompatFlag => ({
    name,
    type,
    default: value,
    effect,
    becomes: [],
    note,
    ...more,
  });

/** A flag that sets fields. */
export function field(
  name: string,
  type: FlagType,
  value: Default,
  becomes: string | readonly string[],
  note = "",
  shorthand?: string,
): CompatFlag {
  const fields = typeof becomes === "string" ? [becomes] : becomes;
  return row("field")(name, type, value, note, { becomes: fields, ...(shorthand !== undefined && { shorthand }) });
}

export const always = row("always");
export const pointless = row("pointless");
export const command = row("command");

/** A flag that the predecessor accepts and does not read. */
export function unread(name: string, type: FlagType, value: Default): CompatFlag {
  return row("unread")(name, type, value, "The predecessor accepts it and does not read it.");
}

/** A flag that asks for something that is done in another way, unless it has a harmless value. */
export function replaced(
  name: string,
  type: FlagType,
  value: Default,
  note: string,
  harmless: FlagValue = value,
): CompatFlag {
  return row("replaced")(name, type, value, note, { harmless });
}
