import { nearest } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { shown } from "../read.ts";
import type { CompatFlag, FlagValue } from "./flag.ts";
import { parseValue } from "./parse-value.ts";

/** The flags of a command line, and how findings about its arguments are made. */
export interface FlagTable {
  readonly flags: readonly CompatFlag[];
  /** An argument that is no flag. */
  unknown(message: string, hint?: string): Finding;
  /** A value that cannot be read. */
  bad(message: string): Finding;
}

export interface ParsedFlags {
  /** What was given, by the name of the flag. */
  readonly given: ReadonlyMap<string, FlagValue>;
  readonly findings: readonly Finding[];
}

const mostArguments = 10_000;

/**
 * Reads the predecessor's arguments as its own command line does (cobra with pflag): `--flag value`, `--flag=value`,
 * `--flag` alone for a bool, lists that are repeated or have commas, `-e KEY=VALUE`, `--` as the end of flags. What it
 * would refuse is a finding, and reading goes on after it.
 */
export function parseFlags(args: readonly string[], table: FlagTable): ParsedFlags {
  const given = new Map<string, FlagValue>();
  const findings: Finding[] = [];
  if (args.length > mostArguments) {
    findings.push(table.unknown(`more than ${mostArguments} arguments: the rest is not read`));
  }
  const rest = args.slice(0, mostArguments);
  let ended = false;
  let last: CompatFlag | undefined;
  for (let index = 0; index < rest.length; index++) {
    const arg = rest[index]!;
    if (ended || arg === "-" || !arg.startsWith("-")) {
      findings.push(foreignArgument(table, arg, last));
      last = undefined;
      continue;
    }
    if (arg === "--") {
      ended = true;
      continue;
    }
    const split = splitFlag(table, arg);
    last = split.flag;
    if (split.flag === undefined) {
      findings.push(unknownFlag(table, arg, split.name));
      continue;
    }
    let { text } = split;
    if (text === undefined && split.flag.type === "bool") text = "true";
    else if (text === undefined) text = rest[++index];
    if (text === undefined) {
      findings.push(table.bad(`flag needs a value: ${nameOf(split.flag)}`));
      continue;
    }
    const parsed = parseValue(split.flag.type, text, given.get(split.flag.name));
    if (parsed.kind === "value") given.set(split.flag.name, parsed.value);
    else {
      const found = JSON.stringify(shown(text));
      findings.push(table.bad(`${nameOf(split.flag)}: expected ${parsed.expected}, found ${found}`));
    }
  }
  return { given, findings };
}

function nameOf({ name }: CompatFlag): string {
  return `--${name}`;
}

/** `--name`, `--name=text`, `-n`, `-ntext`, `-n=text`. */
function splitFlag(
  { flags }: FlagTable,
  arg: string,
): { name: string; flag: CompatFlag | undefined; text: string | undefined } {
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    return { name, flag: flagNamed(flags, name), text: equals < 0 ? undefined : arg.slice(equals + 1) };
  }
  const letter = arg.slice(1, 2);
  const text = arg.slice(2);
  return {
    name: letter,
    flag: flags.find(({ shorthand }) => shorthand === letter && letter !== ""),
    text: text === "" ? undefined : text.startsWith("=") ? text.slice(1) : text,
  };
}

function flagNamed(flags: readonly CompatFlag[], name: string): CompatFlag | undefined {
  return flags.find((flag) => flag.name === name);
}

function unknownFlag({ flags, unknown }: FlagTable, arg: string, name: string): Finding {
  const long = arg.startsWith("--");
  const written = long ? `--${shown(name)}` : shown(arg);
  const message = `unknown flag: ${written}`;
  if (!long && flagNamed(flags, arg.slice(1).split("=")[0]!) !== undefined) {
    return unknown(message, `write two dashes: -${written}`);
  }
  const guess = nearest(
    name,
    flags.map((flag) => flag.name),
  );
  return unknown(message, long && guess !== undefined ? `did you mean \`--${guess}\`?` : undefined);
}

function foreignArgument({ unknown }: FlagTable, arg: string, last: CompatFlag | undefined): Finding {
  const message = `${JSON.stringify(shown(arg))} belongs to no flag`;
  if (last?.type !== "bool") return unknown(message);
  return unknown(message, `a bool takes its value behind an equals sign: ${nameOf(last)}=${shown(arg)}`);
}
