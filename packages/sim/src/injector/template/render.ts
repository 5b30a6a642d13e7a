import { entriesOf, fieldOf, isTyped, itemsOf, shown, truth, typeName, type GoValue } from "./go-values.ts";
import {
  lineOf,
  TemplateFailure,
  type Command,
  type Pipe,
  type TemplateNode,
  type TemplateProblem,
  type Term,
} from "./nodes.ts";
import type { Template } from "./parse.ts";

/** A function of templates: gets its arguments evaluated, throws an Error whose message says what is wrong. */
export type TemplateFunction = (...args: GoValue[]) => GoValue;

export interface RenderOptions {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly limits?: Partial<RenderLimits>;
}

export interface RenderLimits {
  /** Nodes, terms and calls; what functions give counts by its size. */
  readonly steps: number;
  /** Characters of the result, and of each value on the way. */
  readonly output: number;
  /** Templates within templates. */
  readonly depth: number;
}

export const defaultRenderLimits: RenderLimits = { steps: 1_000_000, output: 2 << 20, depth: 50 };

export type Rendered = { readonly kind: "text"; readonly text: string } | TemplateProblem;

/** Renders a template with `data` for its dot. Never throws for any template and data; bounded by `limits`. */
export function renderTemplate(template: Template, data: GoValue, options: RenderOptions): Rendered {
  const limits = { ...defaultRenderLimits, ...options.limits };
  const run: Run = { template, functions: options.functions, limits, steps: 0, size: 0, parts: [], depth: 0 };
  try {
    walk(run, template.root, data, [{ name: "$", value: data }]);
    return { kind: "text", text: run.parts.join("") };
  } catch (error) {
    if (!(error instanceof TemplateFailure)) throw error;
    return { kind: "invalid", line: lineOf(template.text, error.at), message: error.message };
  }
}

interface Run {
  readonly template: Template;
  readonly functions: ReadonlyMap<string, TemplateFunction>;
  readonly limits: RenderLimits;
  steps: number;
  size: number;
  readonly parts: string[];
  depth: number;
}

interface Variable {
  readonly name: string;
  value: GoValue;
}

type Flow = "next" | "break" | "continue";

function spend(run: Run, at: number, steps: number): void {
  run.steps += steps;
  if (run.steps > run.limits.steps) throw new TemplateFailure(at, `takes more than ${run.limits.steps} steps`);
}

function emit(run: Run, at: number, text: string): void {
  run.size += text.length;
  if (run.size > run.limits.output) throw new TemplateFailure(at, `gives more than ${run.limits.output} characters`);
  run.parts.push(text);
}

/** Variables that a body declares end with it. */
function walk(run: Run, nodes: readonly TemplateNode[], dot: GoValue, variables: Variable[]): Flow {
  const declared = variables.length;
  let flow: Flow = "next";
  for (const node of nodes) {
    flow = step(run, node, dot, variables);
    if (flow !== "next") break;
  }
  variables.length = declared;
  return flow;
}

function step(run: Run, node: TemplateNode, dot: GoValue, variables: Variable[]): Flow {
  if (node.kind === "text") {
    emit(run, 0, node.text);
    return "next";
  }
  spend(run, node.at, 1);
  switch (node.kind) {
    case "action": {
      const value = evaluate(run, node.pipe, dot, variables);
      if (node.pipe.names.length === 0) emit(run, node.at, shown(value));
      return "next";
    }
    case "if":
    case "with": {
      const declared = variables.length;
      const value = evaluate(run, node.pipe, dot, variables);
      const inner = node.kind === "with" ? value : dot;
      const flow = truth(value) ? walk(run, node.body, inner, variables) : walk(run, node.otherwise, dot, variables);
      variables.length = declared;
      return flow;
    }
    case "range":
      return walkRange(run, node, dot, variables);
    case "template": {
      const body = run.template.defined.get(node.name);
      if (body === undefined) throw new TemplateFailure(node.at, `template ${JSON.stringify(node.name)} not defined`);
      const data = node.pipe === undefined ? undefined : evaluate(run, node.pipe, dot, variables);
      if (++run.depth > run.limits.depth)
        throw new TemplateFailure(node.at, `templates within templates deeper than ${run.limits.depth}`);
      walk(run, body, data, [{ name: "$", value: data }]);
      run.depth -= 1;
      return "next";
    }
    case "break":
    case "continue":
      return node.kind;
  }
}

function walkRange(
  run: Run,
  node: Extract<TemplateNode, { readonly kind: "range" }>,
  dot: GoValue,
  variables: Variable[],
): Flow {
  const { pipe, at } = node;
  const declared = variables.length;
  const value = evaluateCommands(run, pipe, dot, variables);
  const rounds = roundsOf(value, at, run.limits.steps);
  const own = (pipe.assigns ? [] : pipe.names).map((name) => ({ name, value: undefined as GoValue }));
  variables.push(...own);
  for (const [key, item] of rounds) {
    spend(run, at, 1);
    const values = pipe.names.length === 2 ? [key, item] : [item];
    for (const [index, name] of pipe.names.entries()) assign(variables, name, values[index], at);
    if (walk(run, node.body, item, variables) === "break") break;
  }
  variables.length = declared;
  return rounds.length === 0 ? walk(run, node.otherwise, dot, variables) : "next";
}

function roundsOf(value: GoValue, at: number, most: number): readonly (readonly [GoValue, GoValue])[] {
  if (value === undefined || value === null) return [];
  const items = itemsOf(value);
  if (items !== undefined) return items.map((item, index) => [index, item] as const);
  const entries = entriesOf(value);
  if (entries !== undefined) return entries;
  if (isTyped(value) && (value.value === undefined || value.value === null)) return [];
  if (typeof value === "number" && Number.isInteger(value)) {
    if (value > most) throw new TemplateFailure(at, `takes more than ${most} steps`);
    return Array.from({ length: Math.max(0, value) }, (_, index) => [index, index] as const);
  }
  throw new TemplateFailure(at, `range can't iterate over ${shown(value).slice(0, 60)}`);
}

function evaluate(run: Run, pipe: Pipe, dot: GoValue, variables: Variable[]): GoValue {
  const value = evaluateCommands(run, pipe, dot, variables);
  if (pipe.names.length === 2) throw new TemplateFailure(pipe.at, "two variables are for range only");
  const [name] = pipe.names;
  if (name === undefined) return value;
  if (pipe.assigns) assign(variables, name, value, pipe.at);
  else variables.push({ name, value });
  return value;
}

function assign(variables: readonly Variable[], name: string, value: GoValue, at: number): void {
  const found = variables.findLast((one) => one.name === name);
  if (found === undefined) throw new TemplateFailure(at, `undefined variable ${JSON.stringify(name)}`);
  found.value = value;
}

const nothing = Symbol("nothing");

function evaluateCommands(run: Run, pipe: Pipe, dot: GoValue, variables: Variable[]): GoValue {
  let value: GoValue | typeof nothing = nothing;
  for (const command of pipe.commands) value = evaluateCommand(run, command, value, dot, variables);
  return value as GoValue;
}

function evaluateCommand(
  run: Run,
  { terms, at }: Command,
  last: GoValue | typeof nothing,
  dot: GoValue,
  variables: Variable[],
): GoValue {
  spend(run, at, 1);
  const [first, ...rest] = terms;
  if (first?.kind !== "function") {
    if (rest.length > 0 || last !== nothing) throw new TemplateFailure(at, "can't give argument to non-function");
    return evaluateTerm(run, first!, dot, variables);
  }
  const { name } = first;
  // The two that look at an argument only if they must.
  if (name === "and" || name === "or") {
    let value: GoValue = last === nothing ? undefined : last;
    const until = name === "or";
    for (const term of rest) {
      value = evaluateTerm(run, term, dot, variables);
      if (truth(value) === until) return value;
    }
    if (last !== nothing) return last;
    if (rest.length === 0) throw new TemplateFailure(at, `wrong number of args for ${name}: want at least 1 got 0`);
    return value;
  }
  const args = rest.map((term) => evaluateTerm(run, term, dot, variables));
  if (last !== nothing) args.push(last);
  return call(run, name, args, first.at);
}

function call(run: Run, name: string, args: readonly GoValue[], at: number): GoValue {
  const made = run.functions.get(name);
  if (made === undefined) throw new TemplateFailure(at, `function ${JSON.stringify(name)} not defined`);
  let value: GoValue;
  try {
    value = made(...args);
  } catch (error) {
    throw new TemplateFailure(at, `error calling ${name}: ${(error as Error).message}`);
  }
  const size = typeof value === "string" ? value.length : Array.isArray(value) ? value.length : 16;
  if (size > run.limits.output)
    throw new TemplateFailure(at, `${name} gives more than ${run.limits.output} characters`);
  spend(run, at, size >> 4);
  return value;
}

function evaluateTerm(run: Run, term: Term, dot: GoValue, variables: Variable[]): GoValue {
  switch (term.kind) {
    case "literal":
      return term.value;
    case "dot":
      return dot;
    case "field":
      return follow(run, dot, term.path, term.at);
    case "variable": {
      const found = variables.findLast((one) => one.name === term.name);
      if (found === undefined) throw new TemplateFailure(term.at, `undefined variable ${JSON.stringify(term.name)}`);
      return follow(run, found.value, term.path, term.at);
    }
    case "function":
      return call(run, term.name, [], term.at);
    case "group":
      return follow(run, evaluate(run, term.pipe, dot, variables), term.path, term.at);
  }
}

function follow(run: Run, start: GoValue, path: readonly string[], at: number): GoValue {
  let value = start;
  for (const name of path) {
    spend(run, at, 1);
    const found = fieldOf(value, name);
    if (typeof found === "string")
      throw new TemplateFailure(at, found.includes("type") ? found : `${found} of ${typeName(value)}`);
    value = found.value;
  }
  return value;
}
