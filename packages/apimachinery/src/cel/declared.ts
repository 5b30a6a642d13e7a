import type { Call, Expr } from "./ast.ts";

/** What is known of a variable's type; `dyn` is checked when it is used, `unknown` is not judged at all. */
export type DeclaredType =
  | "dyn"
  | "unknown"
  | "bool"
  | "string"
  | "int"
  | "uint"
  | "double"
  | "bytes"
  | "null_type"
  | "list"
  | "map"
  | { readonly name: string; readonly fields: Readonly<Record<string, DeclaredType>> };

export type Declarations = Readonly<Record<string, DeclaredType>>;

/** Something that cannot be right whatever the variables hold. */
export interface ExpressionIssue {
  readonly expr: Expr;
  readonly message: string;
}

const typeNames = new Set(["int", "uint", "double", "bool", "string", "bytes", "list", "map", "null_type", "type"]);
const comparing = new Set(["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "@in"]);
const namespaces = new Set([
  "optional",
  "sets",
  "math",
  "lists",
  "jsonpatch",
  "ip",
  "cidr",
  "format",
  "strings",
  "google",
  "semver",
]);

/** `results` are the types of functions by name, for those that have one. */
export function checkDeclared(
  expr: Expr,
  declarations: Declarations,
  results: ReadonlyMap<string, string>,
): { readonly type: DeclaredType; readonly issues: readonly ExpressionIssue[] } {
  const issues: ExpressionIssue[] = [];
  const say = (at: Expr, message: string): DeclaredType => {
    issues.push({ expr: at, message });
    return "unknown";
  };

  function visit(at: Expr, locals: ReadonlyMap<string, DeclaredType>): DeclaredType {
    const kind = at.exprKind;
    switch (kind.case) {
      case "constExpr":
        return constants[kind.value.constantKind.case ?? "nullValue"] ?? "unknown";
      case "identExpr": {
        const name = kind.value.name.replace(/^\./, "");
        if (name.startsWith("@")) return locals.get(name) ?? (name === "@turn" ? "bool" : "unknown");
        const found = locals.get(name) ?? (Object.hasOwn(declarations, name) ? declarations[name] : undefined);
        if (found !== undefined) return found;
        if (typeNames.has(name)) return "unknown";
        return say(at, `undeclared reference to '${name}' (in container '')`);
      }
      case "selectExpr": {
        const operand = kind.value.operand!;
        if (isQualifiedName(operand, locals)) return "unknown";
        const type = visit(operand, locals);
        if (kind.value.testOnly) {
          field(at, type, kind.value.field);
          return "bool";
        }
        return field(at, type, kind.value.field);
      }
      case "callExpr":
        return callOf(at, kind.value, locals);
      case "listExpr":
        for (const item of kind.value.elements) visit(item, locals);
        return "list";
      case "structExpr":
        for (const { keyKind, value } of kind.value.entries) {
          if (keyKind.case === "mapKey") visit(keyKind.value, locals);
          visit(value!, locals);
        }
        return kind.value.messageName === "" ? "map" : "unknown";
      case "comprehensionExpr": {
        const { accuInit, accuVar, iterRange, iterVar, loopCondition, loopStep, result } = kind.value;
        visit(iterRange!, locals);
        const accu = visit(accuInit!, locals);
        const inner = new Map([...locals, [accuVar, accu] as const]);
        const body = new Map([...inner, [iterVar, "unknown"] as const]);
        visit(loopCondition!, body);
        visit(loopStep!, body);
        return visit(result!, inner);
      }
      default:
        return "unknown";
    }
  }

  function field(at: Expr, type: DeclaredType, name: string): DeclaredType {
    if (typeof type === "object") {
      if (Object.hasOwn(type.fields, name)) return type.fields[name]!;
      return say(at, `undefined field '${name}'`);
    }
    if (type === "dyn" || type === "unknown") return type;
    if (type === "map" || type === "null_type") return "unknown";
    return say(at, `type '${type}' does not support field selection`);
  }

  function isQualifiedName({ exprKind }: Expr, locals: ReadonlyMap<string, DeclaredType>): boolean {
    if (exprKind.case === "selectExpr") return isQualifiedName(exprKind.value.operand!, locals);
    if (exprKind.case !== "identExpr") return false;
    const { name } = exprKind.value;
    return namespaces.has(name) && !locals.has(name) && !Object.hasOwn(declarations, name);
  }

  function callOf(
    at: Expr,
    { function: name, target, args }: Call,
    locals: ReadonlyMap<string, DeclaredType>,
  ): DeclaredType {
    const qualified = target !== undefined && isQualifiedName(target, locals);
    if (target !== undefined && !qualified) visit(target, locals);
    const types = args.map((arg) => visit(arg, locals));
    if (comparing.has(name)) return "bool";
    if (name === "_?_:_") return sameType(types[1]!, types[2]!);
    if (name === "_[_]") return types[0] === "dyn" ? "dyn" : "unknown";
    if (name === "-_" || /^_[-+*/%]_$/.test(name)) {
      const [left, right = left] = types;
      if (left === "dyn" || right === "dyn") return left === "dyn" ? right! : left!;
      return left === right ? left! : "unknown";
    }
    if (name.startsWith("@") || name.endsWith("__")) return "unknown";
    if (name === "dyn") return "dyn";
    if (name === "type" || typeNames.has(name))
      return typeNames.has(name) && name !== "type" ? (name as DeclaredType) : "unknown";
    const full = qualified ? `${text(target!)}.${name}` : name;
    const result = results.get(full);
    if (result === undefined) return say(at, `undeclared reference to '${full}' (in container '')`);
    return (scalar.has(result) ? result : "unknown") as DeclaredType;
  }

  const type = visit(expr, new Map());
  return { type, issues };
}

const scalar = new Set(["bool", "string", "int", "uint", "double", "bytes"]);

const constants: Readonly<Record<string, DeclaredType>> = {
  boolValue: "bool",
  stringValue: "string",
  int64Value: "int",
  uint64Value: "uint",
  doubleValue: "double",
  bytesValue: "bytes",
  nullValue: "null_type",
};

function sameType(a: DeclaredType, b: DeclaredType): DeclaredType {
  return a === b ? a : a === "dyn" || b === "dyn" ? "dyn" : "unknown";
}

function text(expr: Expr): string {
  if (expr.exprKind.case === "identExpr") return expr.exprKind.value.name;
  return expr.exprKind.case === "selectExpr"
    ? `${text(expr.exprKind.value.operand!)}.${expr.exprKind.value.field}`
    : "";
}
