import { nearest } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { shown } from "../../../shared/read.ts";
import { meshConfigFinding } from "../findings.ts";
import type { CompatFlag, FlagValue } from "./flag.ts";
import { parseValue } from "./parse-value.ts";
import { compatFlags, flagNamed, flagOfShorthand } from "./table.ts";

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
export function parseFlags(args: readonly string[]): ParsedFlags {
  const given = new Map<string, FlagValue>();
  const findings: Finding[] = [];
  if (args.length > mostArguments) {
    findings.push(
      meshConfigFinding("FL824", { message: `more than ${mostArguments} arguments: the rest is not read` }),
    );
  }
  const rest = args.slice(0, mostArguments);
  let ended = false;
  let last: CompatFlag | undefined;
  for (let index = 0; index < rest.length; index++) {
    const arg = rest[index]!;
    if (ended || arg === "-" || !arg.startsWith("-")) {
      findings.push(foreignArgument(arg, last));
      last = undefined;
      continue;
    }
    if (arg === "--") {
      ended = true;
      continue;
    }
    const split = splitFlag(arg);
    last = split.flag;
    if (split.flag === undefined) {
      findings.push(unknownFlag(arg, split.name));
      continue;
    }
    let { text } = split;
    if (text === undefined && split.flag.type === "bool") text = "true";
    else if (text === undefined) text = rest[++index];
    if (text === undefined) {
      findings.push(meshConfigFinding("FL825", { message: `flag needs a value: ${nameOf(split.flag)}` }));
      continue;
    }
    const parsed = parseValue(split.flag.type, text, given.get(split.flag.name));
    if (parsed.kind === "value") given.set(split.flag.name, parsed.value);
    else {
      const message = `${nameOf(split.flag)}: expected ${parsed.expected}, found ${JSON.stringify(shown(text))}`;
      findings.push(meshConfigFinding("FL825", { message }));
    }
  }
  return { given, findings };
}

function nameOf({ name }: CompatFlag): string {
  return `--${name}`;
}

/** `--name`, `--name=text`, `-n`, `-ntext`, `-n=text`. */
function splitFlag(arg: string): { name: string; flag: CompatFlag | undefined; text: string | undefined } {
  if (arg.startsWith("--")) {
    const equals = arg.indexOf("=");
    const name = arg.slice(2, equals < 0 ? undefined : equals);
    return { name, flag: flagNamed(name), text: equals < 0 ? undefined : arg.slice(equals + 1) };
  }
  const letter = arg.slice(1, 2);
  const text = arg.slice(2);
  return {
    name: letter,
    flag: flagOfShorthand(letter),
    text: text === "" ? undefined : text.startsWith("=") ? text.slice(1) : text,
  };
}

function unknownFlag(arg: string, name: string): Finding {
  const long = arg.startsWith("--");
  const written = long ? `--${shown(name)}` : shown(arg);
  const message = `unknown flag: ${written}`;
  if (!long && flagNamed(arg.slice(1).split("=")[0]!) !== undefined) {
    return meshConfigFinding("FL824", { message, hint: `write two dashes: -${written}` });
  }
  const guess = nearest(
    name,
    compatFlags.map((flag) => flag.name),
  );
  return meshConfigFinding("FL824", {
    message,
    ...(long && guess !== undefined && { hint: `did you mean \`--${guess}\`?` }),
  });
}

function foreignArgument(arg: string, last: CompatFlag | undefined): Finding {
  const message = `${JSON.stringify(shown(arg))} belongs to no flag`;
  if (last?.type !== "bool") return meshConfigFinding("FL824", { message });
  return meshConfigFinding("FL824", {
    message,
    hint: `a bool takes its value behind an equals sign: ${nameOf(last)}=${shown(arg)}`,
  });
}
