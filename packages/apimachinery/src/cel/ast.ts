import type { parse } from "@bufbuild/cel";

/** A node of a parsed expression. */
export type Expr = NonNullable<ReturnType<typeof parse>["expr"]>;
export type Comprehension = Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"];
export type Call = Extract<Expr["exprKind"], { case: "callExpr" }>["value"];
export type Struct = Extract<Expr["exprKind"], { case: "structExpr" }>["value"];

/** Nodes that stand where `at` stands in the text. */
export const node = (at: Expr, exprKind: Expr["exprKind"]): Expr => ({
  $typeName: "cel.expr.Expr",
  id: at.id,
  exprKind,
});

export function ident(at: Expr, name: string): Expr {
  return node(at, { case: "identExpr", value: { $typeName: "cel.expr.Expr.Ident", name } });
}

export function call(at: Expr, name: string, args: Expr[], target?: Expr): Expr {
  const value: Call = { $typeName: "cel.expr.Expr.Call", function: name, args };
  if (target !== undefined) value.target = target;
  return node(at, { case: "callExpr", value });
}

export function list(at: Expr, elements: Expr[]): Expr {
  return node(at, {
    case: "listExpr",
    value: { $typeName: "cel.expr.Expr.CreateList", elements, optionalIndices: [] },
  });
}

export function boolean(at: Expr, value: boolean): Expr {
  return constant(at, { case: "boolValue", value });
}

export function integer(at: Expr, value: bigint): Expr {
  return constant(at, { case: "int64Value", value });
}

export function text(at: Expr, value: string): Expr {
  return constant(at, { case: "stringValue", value });
}

type Constant = Extract<Expr["exprKind"], { case: "constExpr" }>["value"]["constantKind"];

function constant(at: Expr, constantKind: Constant): Expr {
  return node(at, { case: "constExpr", value: { $typeName: "cel.expr.Constant", constantKind } });
}

/** `over.fold(accumulator = init; while condition; accumulator = step) → result`. */
export function fold(
  at: Expr,
  over: Expr,
  variable: string,
  parts: { readonly init: Expr; readonly condition: Expr; readonly step: Expr; readonly result: Expr },
): Expr {
  return node(at, {
    case: "comprehensionExpr",
    value: {
      $typeName: "cel.expr.Expr.Comprehension",
      accuVar: accumulator,
      accuInit: parts.init,
      iterVar: variable,
      iterVar2: "",
      iterRange: over,
      loopCondition: parts.condition,
      loopStep: parts.step,
      result: parts.result,
    },
  });
}

/** What the parser calls the accumulator of its own macros. */
export const accumulator = "@result";

/** The name of a call of one identifier, undefined for all else. */
export function identName(expr: Expr | undefined): string | undefined {
  return expr?.exprKind.case === "identExpr" ? expr.exprKind.value.name : undefined;
}

/** A copy of the node whose direct children are mapped; the children of `has` are mapped too. */
export function mapChildren(expr: Expr, map: (child: Expr) => Expr): Expr {
  const kind = expr.exprKind;
  switch (kind.case) {
    case "selectExpr":
      return node(expr, { case: kind.case, value: { ...kind.value, operand: map(kind.value.operand!) } });
    case "callExpr":
      return call(
        expr,
        kind.value.function,
        kind.value.args.map(map),
        kind.value.target === undefined ? undefined : map(kind.value.target),
      );
    case "listExpr":
      return list(expr, kind.value.elements.map(map));
    case "structExpr": {
      const entries = kind.value.entries.map((entry) => ({
        ...entry,
        keyKind:
          entry.keyKind.case === "mapKey"
            ? { case: "mapKey" as const, value: map(entry.keyKind.value) }
            : entry.keyKind,
        value: map(entry.value!),
      }));
      return node(expr, { case: kind.case, value: { ...kind.value, entries } });
    }
    case "comprehensionExpr": {
      const { accuInit, iterRange, loopCondition, loopStep, result } = kind.value;
      const value = {
        ...kind.value,
        accuInit: map(accuInit!),
        iterRange: map(iterRange!),
        loopCondition: map(loopCondition!),
        loopStep: map(loopStep!),
        result: map(result!),
      };
      return node(expr, { case: kind.case, value });
    }
    default:
      return expr;
  }
}

/** Puts expressions where free identifiers stand: not below a fold that has a variable of that name. */
export function substitute(expr: Expr, replacements: ReadonlyMap<string, Expr>): Expr {
  const name = identName(expr);
  if (name !== undefined) return replacements.get(name) ?? expr;
  const kind = expr.exprKind;
  if (kind.case !== "comprehensionExpr" || !replacements.has(kind.value.iterVar))
    return mapChildren(expr, (child) => substitute(child, replacements));
  const inner = new Map(replacements);
  inner.delete(kind.value.iterVar);
  const { iterRange, accuInit } = kind.value;
  const isOutside = (child: Expr): boolean => child === iterRange || child === accuInit;
  return mapChildren(expr, (child) => substitute(child, isOutside(child) ? replacements : inner));
}
