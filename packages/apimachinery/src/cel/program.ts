import { type CelEnv, celEnv, celError, parse, plan, type CelError, type CelInput, type CelValue } from "@bufbuild/cel";
import type { Expr } from "./ast.ts";
import { authorizerFunctions } from "./authorizer.ts";
import { collectionFunctions } from "./collections.ts";
import { formatFunction } from "./format.ts";
import { kubernetesFunctions } from "./functions.ts";
import { expandMacros, turn } from "./macros.ts";
import { withoutOptionalSyntax } from "./optional-syntax.ts";

/** How much expressions may still do: turns of their folds are counted off. Shared by those that share a limit. */
export interface Budget {
  turns: number;
}

/** A parsed and planned expression. */
export interface Program {
  readonly expr: Expr;
  /** By ids of nodes, in the text that was parsed. */
  readonly positions: Readonly<Record<string, number>>;
  /** Never throws. The bindings have no prototype. */
  run(bindings: Bindings, budget?: Budget): CelValue | CelError;
}

export type Bindings = Record<string, CelInput>;

/** `offset` is where the text stops being an expression. */
export type Parsed = Program | { readonly problem: string; readonly offset: number };

/** Kubernetes allows one call a cost of 1,000,000; a turn of a fold costs five or more. */
export const turnsPerCall = 200_000;
const remembered = 1000;

export const environment: CelEnv = celEnv({
  funcs: [...kubernetesFunctions, ...collectionFunctions, ...authorizerFunctions, formatFunction],
});
const programs = new Map<string, Parsed>();

/** Parsed and planned once per text. */
export function parseProgram(text: string): Parsed {
  let found = programs.get(text);
  if (found !== undefined) return found;
  if (programs.size >= remembered) programs.clear();
  found = read(text);
  programs.set(text, found);
  return found;
}

function read(text: string): Parsed {
  try {
    const { expr, sourceInfo } = parse(withoutOptionalSyntax(text));
    const whole = expandMacros(expr!);
    const evaluate = plan(environment, whole) as unknown as (bindings: Bindings) => CelValue | CelError;
    const run = (bindings: Bindings, budget?: Budget): CelValue | CelError => {
      try {
        return evaluate(counting(bindings, budget));
      } catch (error) {
        return celError(error);
      }
    };
    return { expr: whole, run, positions: sourceInfo?.positions ?? {} };
  } catch (error) {
    const location = (error as { location?: { start?: { offset?: unknown } } } | undefined)?.location;
    const offset = location?.start?.offset;
    const problem = error instanceof Error ? error.message : String(error);
    return { problem, offset: typeof offset === "number" ? offset : 0 };
  }
}

/** Each turn of a fold reads this; what it throws ends the whole evaluation, which no operator can absorb. */
function counting(bindings: Bindings, budget: Budget | undefined): Bindings {
  let left = turnsPerCall;
  Object.defineProperty(bindings, turn, {
    get: () => {
      if (--left < 0 || (budget !== undefined && --budget.turns < 0))
        throw new Error("operation cancelled: actual cost limit exceeded");
      return true;
    },
  });
  return bindings;
}

const translations: readonly (readonly [RegExp, string])[] = [
  [/^field not found: (.*)$/s, "no such key: $1"],
  [/^index (-?\d+) out of bounds.*$/s, "index out of bounds: $1"],
  [/^(?:found no matching overload|type mismatch: expected bool|unbound function).*$/s, "no such overload"],
  [/^.*divide by zero$/s, "division by zero"],
  [/^.*modulus by zero$/s, "modulus by zero"],
  [/^int overflow.*$/s, "integer overflow"],
  [/^uint overflow.*$/s, "unsigned integer overflow"],
  [/^Cannot convert .* to a BigInt$/s, "type conversion error from 'string' to 'int'"],
  [/^Failed to parse timestamp.*$/s, "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
  [/^Failed to parse duration.*$/s, "type conversion error from 'string' to 'google.protobuf.Duration'"],
];

/** The evaluator's own words for what every user of Kubernetes knows in cel-go's. */
export function celGoMessage(message: string): string {
  for (const [pattern, words] of translations) if (pattern.test(message)) return message.replace(pattern, words);
  return message;
}
