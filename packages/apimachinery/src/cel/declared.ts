import { accumulator, identName, type Call, type Comprehension, type Expr } from "./ast.ts";
import { goRegExp } from "../schema/pattern.ts";
import { internal, typedStructs } from "./macros.ts";
import { optionalNames } from "./optional-syntax.ts";
import { signatures } from "./signatures.ts";
import { bindType, isAssignable, isDyn, joinTypes, typeText, type Declarations, type DeclaredType } from "./types.ts";

export type { Declarations, DeclaredType } from "./types.ts";

/** Something that cannot be right whatever the variables hold. */
export interface ExpressionIssue {
  readonly expr: Expr;
  readonly message: string;
}

type Locals = ReadonlyMap<string, DeclaredType>;

const typeNames = new Set(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"]);
const namespaces = new Set(["optional", "sets", "lists", "jsonpatch", "ip", "format", "strings"]);

/** The type of an expression and all that is wrong with it, as cel-go's checker finds it. */
export function checkDeclared(
  root: Expr,
  declarations: Declarations,
): { readonly type: DeclaredType; readonly issues: readonly ExpressionIssue[] } {
  const issues: ExpressionIssue[] = [];
  // What cel-go checks of literals once all types are right.
  const later: (() => void)[] = [];
  // What is formatted may be of many types.
  let formatted = 0;
  const say = (expr: Expr, message: string): DeclaredType => {
    issues.push({ expr, message });
    return "error";
  };

  function visit(at: Expr, locals: Locals): DeclaredType {
    const kind = at.exprKind;
    switch (kind.case) {
      case "constExpr":
        return constants[kind.value.constantKind.case ?? "nullValue"] ?? "unknown";
      case "identExpr":
        return identifier(at, kind.value.name.replace(/^\./, ""), locals);
      case "selectExpr": {
        const operand = kind.value.operand!;
        if (isQualifier(operand, locals)) return "unknown";
        const found = field(at, visit(operand, locals), kind.value.field);
        return kind.value.testOnly ? "bool" : found;
      }
      case "callExpr":
        return callOf(at, kind.value, locals);
      case "listExpr": {
        const types = kind.value.elements.map((item) => visit(item, locals));
        mustBeAlike(kind.value.elements, types);
        return { list: joinTypes(types) };
      }
      case "structExpr": {
        const entries = kind.value.entries.filter(({ keyKind }) => keyKind.case === "mapKey");
        const keyExprs = entries.map(({ keyKind }) => keyKind.value as Expr);
        const keys = keyExprs.map((key) => visit(key, locals));
        const values = kind.value.entries.map((entry) => visit(entry.value!, locals));
        if (!typedStructs.has(at)) {
          mustBeAlike(keyExprs, keys);
          mustBeAlike(
            kind.value.entries.map(({ value }) => value!),
            values,
          );
        }
        return typedStructs.has(at) ? "unknown" : { key: joinTypes(keys), map: joinTypes(values) };
      }
      case "comprehensionExpr":
        return fold(kind.value, locals);
      default:
        return "unknown";
    }
  }

  function mustBeAlike(items: readonly Expr[], types: readonly DeclaredType[]): void {
    if (formatted === 0) later.push(() => homogeneous(items, types));
  }

  function homogeneous(items: readonly Expr[], types: readonly DeclaredType[]): void {
    const [first] = types;
    const at = types.findIndex((type) => typeText(type) !== typeText(first!));
    if (at > 0 && !types.includes("unknown"))
      say(items[at]!, `expected type '${typeText(first!)}' but found '${typeText(types[at]!)}'`);
  }

  function identifier(at: Expr, name: string, locals: Locals): DeclaredType {
    const found = locals.get(name) ?? (Object.hasOwn(declarations, name) ? declarations[name] : undefined);
    if (found !== undefined) return found;
    if (name.startsWith("@")) return name === "@turn" ? "bool" : "unknown";
    if (typeNames.has(name)) return "type";
    return say(at, `undeclared reference to '${name}' (in container '')`);
  }

  function field(at: Expr, type: DeclaredType, name: string): DeclaredType {
    if (isDyn(type)) return type;
    if (typeof type === "object") {
      if ("map" in type) return type.map;
      if ("optional" in type) return { optional: field(at, type.optional, name) };
      if ("name" in type) {
        if (Object.hasOwn(type.fields, name)) return type.fields[name]!;
        return say(at, `undefined field '${name}'`);
      }
    }
    if (type === "map" || type === "null_type") return "unknown";
    return say(at, `type '${typeText(type)}' does not support field selection`);
  }

  function isQualifier({ exprKind }: Expr, locals: Locals): boolean {
    if (exprKind.case === "selectExpr") return isQualifier(exprKind.value.operand!, locals);
    const name = exprKind.case === "identExpr" ? exprKind.value.name : "";
    return namespaces.has(name) && !locals.has(name) && !Object.hasOwn(declarations, name);
  }

  function callOf(at: Expr, { function: name, target, args }: Call, locals: Locals): DeclaredType {
    if (name === "has" && target === undefined && args.length === 1)
      return say(args[0]!, "invalid argument to has() macro");
    const isQualified = target !== undefined && isQualifier(target, locals);
    const of = target === undefined || isQualified ? undefined : visit(target, locals);
    if (name === "format") formatted++;
    const types = args.map((arg) => visit(arg, locals));
    if (name === "format") formatted--;
    if (name === optionalNames.select || name === optionalNames.index)
      return { optional: optionalPart(at, of!, args[0]!, types[0]!) };
    if (name === "_&&_" || name === "_||_") {
      for (const [index, type] of types.entries()) {
        if (!isDyn(type) && type !== "bool") say(args[index]!, `expected type 'bool' but found '${typeText(type)}'`);
      }
      return "bool";
    }
    if (name === "dyn") return "dyn";
    if (name === "type") return "type";
    if (name.startsWith("@") && !signatures.has(name)) return internalCall(name, types);
    if (name === "_[_]" && typeof types[0] === "object" && "pair" in types[0]) return pairPart(types[0].pair, args[1]!);
    const full = isQualified ? `${qualifiedName(target)}.${name}` : name;
    literal(full, target, args);
    return overload(at, full, of, types);
  }

  function overload(
    at: Expr,
    name: string,
    of: DeclaredType | undefined,
    types: readonly DeclaredType[],
  ): DeclaredType {
    const known = signatures.get(name);
    if (known === undefined) return say(at, `undeclared reference to '${name}' (in container '')`);
    let result: DeclaredType | undefined;
    for (const { target, args, result: made } of known) {
      if ((target === undefined) !== (of === undefined) || args.length !== types.length) continue;
      const bound = new Map<string, DeclaredType>();
      if (of !== undefined && !isAssignable(of, target!, bound)) continue;
      if (!types.every((type, index) => isAssignable(type, args[index]!, bound))) continue;
      const found = bindType(made, bound);
      result = result === undefined || typeText(result) === typeText(found) ? found : "dyn";
    }
    if (result !== undefined) return result;
    const texts = `(${types.map(typeText).join(", ")})`;
    const applied = of === undefined ? texts : `${typeText(of)}.${texts}`;
    return say(at, `found no matching overload for '${name}' applied to '${applied}'`);
  }

  function optionalPart(at: Expr, of: DeclaredType, key: Expr, keyType: DeclaredType): DeclaredType {
    const from = typeof of === "object" && "optional" in of ? of.optional : of;
    const constant = key.exprKind.case === "constExpr" ? key.exprKind.value.constantKind : undefined;
    if (typeof from === "object" && "name" in from && constant?.case === "stringValue")
      return field(at, from, constant.value);
    if (typeof from === "object" && "map" in from) return from.map;
    if (typeof from === "object" && "list" in from && (isDyn(keyType) || keyType === "int")) return from.list;
    return isDyn(from) ? from : "unknown";
  }

  function fold(value: Comprehension, locals: Locals): DeclaredType {
    const range = visit(value.iterRange!, locals);
    const item = itemOf(range);
    if (item === undefined)
      say(
        value.iterRange!,
        `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
      );
    const init = visit(value.accuInit!, locals);
    const inside = new Map(locals).set(value.accuVar, init).set(value.iterVar, item ?? "error");
    visit(value.loopCondition!, inside);
    const collected = collectedType(value.loopStep!, inside);
    const step = collected ?? visit(value.loopStep!, inside);
    const isOpen = typeof init === "object" && "optional" in init;
    const accu = collected ?? (isOpen ? step : init);
    return visit(value.result!, new Map(locals).set(value.accuVar, accu));
  }

  /** Of a fold that fills a list or a map. */
  function collectedType(step: Expr, locals: Locals): DeclaredType | undefined {
    const kind = step.exprKind;
    if (kind.case !== "callExpr") return undefined;
    const { function: name, args } = kind.value;
    if (name === "_?_:_" && identName(args[2]) === accumulator) {
      const found = collectedType(args[1]!, locals);
      if (found === undefined) return undefined;
      const test = visit(args[0]!, locals);
      if (!isDyn(test) && test !== "bool")
        say(
          step,
          `found no matching overload for '_?_:_' applied to '(${[test, found, found].map(typeText).join(", ")})'`,
        );
      return found;
    }
    const types =
      name === internal.append || name === internal.insert ? args.slice(1).map((arg) => visit(arg, locals)) : [];
    if (name === internal.append) return { list: types[0]! };
    if (name !== internal.insert) return undefined;
    return types.length === 1 ? types[0] : { key: types[0]!, map: types[1]! };
  }

  function literal(name: string, target: Expr | undefined, args: readonly Expr[]): void {
    const pattern = literals.get(name);
    const arg = target !== undefined && name === "matches" ? args[0] : args.at(-1);
    const constant = arg?.exprKind.case === "constExpr" ? arg.exprKind.value.constantKind : undefined;
    if (pattern === undefined || constant?.case !== "stringValue") return;
    later.push(() => {
      if (!pattern(constant.value)) say(arg!, `invalid ${name} argument`);
    });
  }

  const type = visit(root, new Map());
  if (issues.length === 0) for (const check of later) check();
  return { type, issues };
}

function itemOf(range: DeclaredType): DeclaredType | undefined {
  if (isDyn(range)) return range;
  if (range === "list" || range === "map") return "unknown";
  if (typeof range === "string") return undefined;
  return "list" in range ? range.list : "map" in range ? range.key : undefined;
}

function internalCall(name: string, types: readonly DeclaredType[]): DeclaredType {
  if (name === internal.list) return { list: "dyn" };
  if (name === internal.map) return { key: "dyn", map: "dyn" };
  if (name === internal.insert) return { key: "unknown", map: "unknown" };
  if (name !== internal.entries) return "unknown";
  const [of] = types;
  if (typeof of === "object" && "list" in of) return { list: { pair: ["int", of.list] } };
  return { list: { pair: typeof of === "object" && "map" in of ? [of.key, of.map] : ["dyn", "dyn"] } };
}

function pairPart(pair: readonly [DeclaredType, DeclaredType], index: Expr): DeclaredType {
  const constant = index.exprKind.case === "constExpr" ? index.exprKind.value.constantKind.value : undefined;
  return constant === 0n ? pair[0] : pair[1];
}

const constants: Readonly<Record<string, DeclaredType>> = {
  boolValue: "bool",
  stringValue: "string",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  bytesValue: "bytes",
  nullValue: "null_type",
};

const literals: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["duration", (text) => /^[+-]?(?:0|(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)],
  ["timestamp", (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text)],
  // Flags in the middle of a pattern are RE2's, and no reason to call it wrong.
  ["matches", (text) => goRegExp(text) !== undefined || /\(\?[imsU-]+[:)]/.test(text)],
]);

function qualifiedName(expr: Expr): string {
  const kind = expr.exprKind;
  if (kind.case === "selectExpr") return `${qualifiedName(kind.value.operand!)}.${kind.value.field}`;
  return identName(expr) ?? "";
}
