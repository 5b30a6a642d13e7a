import {
  accumulator,
  boolean,
  call,
  fold,
  ident,
  identName,
  integer,
  list,
  mapChildren,
  node,
  substitute,
  text,
  type Call,
  type Expr,
  type Struct,
} from "./ast.ts";
import { optionalNames } from "./optional-syntax.ts";

/** The identifier that every turn of a fold reads: who evaluates binds it to `true` and counts. */
export const turn = "@turn";

/** Maps that were written as objects with a type: their values need not be of one type. */
export const typedStructs = new WeakSet<Expr>();

/** Names that only a rewritten expression can say. */
export const internal = {
  list: "@list",
  append: "@append",
  map: "@map",
  insert: "@insert",
  entries: "@entries",
  elements: "@elements",
  sortByKeys: "@sortByKeys",
} as const;

/**
 * Expands what the parser leaves alone: macros over two variables, `optMap`, `optFlatMap`, `sortBy`, optional entries
 * and objects with a type (which become maps); makes lists grow in place and counts the turns of every fold.
 */
export function expandMacros(expr: Expr): Expr {
  const kind = expr.exprKind;
  if (kind.case === "structExpr") return struct(mapChildren(expr, expandMacros));
  if (kind.case === "listExpr") return listOf(expr);
  if (kind.case === "comprehensionExpr") return counted(grown(mapChildren(expr, expandMacros)));
  if (kind.case !== "callExpr") return mapChildren(expr, expandMacros);
  const { function: name, target, args } = kind.value;
  if (target === undefined) {
    const only = args[0];
    if (name === "has" && args.length === 1 && isCallOf(only, optionalNames.select))
      return call(expr, "hasValue", [], expandMacros(only!));
    return mapChildren(expr, expandMacros);
  }
  return macro(expr, kind.value, expandMacros(target)) ?? mapChildren(expr, expandMacros);
}

function macro(expr: Expr, { function: name, args }: Call, target: Expr): Expr | undefined {
  const first = identName(args[0]);
  if (first === undefined) return undefined;
  if (args.length === 2 && (name === "optMap" || name === "optFlatMap")) {
    const value = expandMacros(args[1]!);
    const step = name === "optMap" ? call(expr, "optional.of", [value]) : value;
    const parts = { init: call(expr, "optional.none", []), condition: boolean(expr, true), step };
    return fold(expr, call(expr, internal.elements, [target]), first, { ...parts, result: ident(expr, accumulator) });
  }
  if (args.length === 2 && name === "sortBy") {
    const keys = listFold(expr, target, first, undefined, expandMacros(args[1]!));
    return call(expr, internal.sortByKeys, [target, keys]);
  }
  const second = identName(args[1]);
  if (second === undefined || args.length < 3 || args.length > 4) return undefined;
  const pair = `@pair${expr.id}`;
  const part = (index: bigint): Expr => call(expr, "_[_]", [ident(expr, pair), integer(expr, index)]);
  const names = new Map([
    [first, part(0n)],
    [second, part(1n)],
  ]);
  const [one, two] = args.slice(2).map((arg) => substitute(expandMacros(arg), names));
  const over = call(expr, internal.entries, [target]);
  const filter = two === undefined ? undefined : one;
  if (name === "transformList") return listFold(expr, over, pair, filter, two ?? one!);
  if (name === "transformMap") return mapFold(expr, over, pair, filter, [part(0n), two ?? one!]);
  if (name === "transformMapEntry") return mapFold(expr, over, pair, filter, [two ?? one!]);
  return two === undefined ? quantified(expr, name, over, pair, one!) : undefined;
}

function quantified(at: Expr, name: string, over: Expr, variable: string, test: Expr): Expr | undefined {
  const result = ident(at, accumulator);
  const goOn = (condition: Expr): Expr => call(at, "@not_strictly_false", [condition]);
  if (name === "all") {
    const step = call(at, "_&&_", [result, test]);
    return counted(fold(at, over, variable, { init: boolean(at, true), condition: goOn(result), step, result }));
  }
  if (name === "exists") {
    const step = call(at, "_||_", [result, test]);
    const condition = goOn(call(at, "!_", [result]));
    return counted(fold(at, over, variable, { init: boolean(at, false), condition, step, result }));
  }
  if (name !== "existsOne" && name !== "exists_one") return undefined;
  const step = call(at, "_?_:_", [test, call(at, "_+_", [result, integer(at, 1n)]), result]);
  const isOne = call(at, "_==_", [result, integer(at, 1n)]);
  const parts = { init: integer(at, 0n), condition: boolean(at, true), step, result: isOne };
  return counted(fold(at, over, variable, parts));
}

function listFold(at: Expr, over: Expr, variable: string, filter: Expr | undefined, value: Expr): Expr {
  const add = call(at, internal.append, [ident(at, accumulator), value]);
  return collect(at, over, variable, filter, internal.list, add);
}

function mapFold(at: Expr, over: Expr, variable: string, filter: Expr | undefined, entry: Expr[]): Expr {
  const add = call(at, internal.insert, [ident(at, accumulator), ...entry]);
  return collect(at, over, variable, filter, internal.map, add);
}

function collect(at: Expr, over: Expr, variable: string, filter: Expr | undefined, init: string, add: Expr): Expr {
  const result = ident(at, accumulator);
  const step = filter === undefined ? add : call(at, "_?_:_", [filter, add, result]);
  return counted(fold(at, over, variable, { init: call(at, init, []), condition: boolean(at, true), step, result }));
}

function counted(expr: Expr): Expr {
  const kind = expr.exprKind;
  if (kind.case !== "comprehensionExpr") return expr;
  const loopCondition = call(expr, "_&&_", [ident(expr, turn), kind.value.loopCondition!]);
  return node(expr, { case: kind.case, value: { ...kind.value, loopCondition } });
}

/** The parser's `map` and `filter` add lists of one item to a list; here the list grows by the item. */
function grown(expr: Expr): Expr {
  const kind = expr.exprKind;
  if (kind.case !== "comprehensionExpr") return expr;
  const init = kind.value.accuInit!;
  if (init.exprKind.case !== "listExpr" || init.exprKind.value.elements.length > 0) return expr;
  const loopStep = growing(kind.value.loopStep!);
  return node(expr, { case: kind.case, value: { ...kind.value, accuInit: call(init, internal.list, []), loopStep } });
}

function growing(step: Expr): Expr {
  const kind = step.exprKind;
  if (kind.case !== "callExpr") return step;
  const { function: name, args } = kind.value;
  if (name === "_?_:_") return call(step, name, [args[0]!, growing(args[1]!), args[2]!]);
  const item = args[1]?.exprKind;
  if (name !== "_+_" || identName(args[0]) !== accumulator || item?.case !== "listExpr") return step;
  return call(step, internal.append, [args[0]!, item.value.elements[0]!]);
}

function isCallOf(expr: Expr | undefined, name: string): boolean {
  return expr?.exprKind.case === "callExpr" && expr.exprKind.value.function === name;
}

/** The value of `?value`, undefined for an entry that is none. */
function optionalEntry(expr: Expr | undefined): Expr | undefined {
  if (expr?.exprKind.case !== "callExpr" || expr.exprKind.value.function !== optionalNames.entry) return undefined;
  return expr.exprKind.value.args[0];
}

function listOf(expr: Expr): Expr {
  if (expr.exprKind.case !== "listExpr") return expr;
  const { elements } = expr.exprKind.value;
  if (elements.every((one) => optionalEntry(one) === undefined)) return mapChildren(expr, expandMacros);
  return elements.reduce(
    (whole, element) => {
      const value = optionalEntry(element);
      if (value === undefined) return call(expr, "_+_", [whole, list(expr, [expandMacros(element)])]);
      return call(expr, "_+_", [whole, call(expr, internal.elements, [expandMacros(value)])]);
    },
    list(expr, []),
  );
}

/** `Object{a: 1}` is `{"a": 1}`; optional entries are inserted if there is something. */
function struct(expr: Expr): Expr {
  if (expr.exprKind.case !== "structExpr") return expr;
  const value = expr.exprKind.value;
  let isPlain = true;
  const entries = value.entries.map((entry) => {
    let isOptional = false;
    let key: Expr;
    if (entry.keyKind.case === "fieldKey") {
      isOptional = entry.keyKind.value.startsWith(optionalNames.field);
      key = text(expr, isOptional ? entry.keyKind.value.slice(optionalNames.field.length) : entry.keyKind.value);
    } else {
      const optionalKey = optionalEntry(entry.keyKind.value);
      isOptional = optionalKey !== undefined;
      key = optionalKey ?? entry.keyKind.value!;
    }
    isPlain &&= !isOptional;
    return { entry, key, isOptional };
  });
  if (isPlain) {
    const plain: Struct["entries"] = entries.map(({ entry, key }) => ({
      ...entry,
      keyKind: { case: "mapKey", value: key },
    }));
    const made = node(expr, { case: "structExpr", value: { ...value, messageName: "", entries: plain } });
    if (value.messageName !== "" || typedStructs.has(expr)) typedStructs.add(made);
    return made;
  }
  return entries.reduce(
    (whole, { entry, key, isOptional }) =>
      call(expr, internal.insert, [whole, key, entry.value!, boolean(expr, isOptional)]),
    call(expr, internal.map, []),
  );
}
