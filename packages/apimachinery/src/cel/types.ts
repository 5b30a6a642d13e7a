/**
 * A type as cel-go's checker knows it. Texts are scalars, opaque types by their names (`timestamp`,
 * `kubernetes.Quantity`), `dyn`, and the parameters `A`, `B` of signatures. `unknown` is not judged at all.
 */
export type DeclaredType =
  | string
  | { readonly list: DeclaredType }
  | { readonly key: DeclaredType; readonly map: DeclaredType }
  | { readonly optional: DeclaredType }
  /** Key and value, or index and item, in macros of two variables. */
  | { readonly pair: readonly [DeclaredType, DeclaredType] }
  | { readonly name: string; readonly fields: Readonly<Record<string, DeclaredType>> };

export type Declarations = Readonly<Record<string, DeclaredType>>;

/** One overload of a function. */
export interface Signature {
  readonly target: DeclaredType | undefined;
  readonly args: readonly DeclaredType[];
  readonly result: DeclaredType;
}

const parameters = new Set(["A", "B"]);

/** `list<map<string:A>>` */
export function parseType(text: string): DeclaredType {
  const match = /^(list|map|optional)<(.*)>$/.exec(text);
  if (match === null) return text;
  const inner = match[2]!;
  if (match[1] === "list") return { list: parseType(inner) };
  if (match[1] === "optional") return { optional: parseType(inner) };
  const colon = inner.indexOf(":");
  return { key: parseType(inner.slice(0, colon)), map: parseType(inner.slice(colon + 1)) };
}

/** Lines such as `size (string) int` and `startsWith string(string) bool`, by name. */
export function parseSignatures(text: string): ReadonlyMap<string, readonly Signature[]> {
  const found = new Map<string, Signature[]>();
  for (const line of text.trim().split("\n")) {
    const match = /^\s*(\S+) ([^(]*)\(([^)]*)\) (\S+)$/.exec(line);
    if (match === null) throw new TypeError(`no signature: ${line}`);
    const [, name, target, args, result] = match as unknown as [string, string, string, string, string];
    const list = found.get(name) ?? [];
    found.set(name, list);
    list.push({
      target: target === "" ? undefined : parseType(target),
      args: args === "" ? [] : args.split(",").map(parseType),
      result: parseType(result),
    });
  }
  return found;
}

/** As messages show it. */
export function typeText(type: DeclaredType): string {
  if (typeof type === "string") return type === "null_type" ? "null" : type;
  if ("list" in type) return `list(${typeText(type.list)})`;
  if ("map" in type) return `map(${typeText(type.key)}, ${typeText(type.map)})`;
  if ("optional" in type) return `optional_type(${typeText(type.optional)})`;
  return "pair" in type ? "list(dyn)" : type.name;
}

export const isDyn = (type: DeclaredType): boolean => type === "dyn" || type === "unknown" || type === "error";

/** Whether a value of the type may be handed over; parameters are bound to what they stand for. */
export function isAssignable(value: DeclaredType, to: DeclaredType, bound: Map<string, DeclaredType>): boolean {
  if (typeof to === "string" && parameters.has(to)) {
    const before = bound.get(to);
    if (before === undefined || isLessSpecific(value, before)) {
      bound.set(to, value);
      return before === undefined || isAssignable(before, value, new Map()) || isDyn(value);
    }
    return isAssignable(value, before, bound);
  }
  if (isDyn(value) || isDyn(to)) return true;
  if (typeof value === "string" || typeof to === "string") return scalarAssignable(value, to);
  if ("list" in value && "list" in to) return isAssignable(value.list, to.list, bound);
  if ("optional" in value && "optional" in to) return isAssignable(value.optional, to.optional, bound);
  if ("map" in value && "map" in to)
    return isAssignable(value.key, to.key, bound) && isAssignable(value.map, to.map, bound);
  return "name" in value && "name" in to && value.name === to.name;
}

function scalarAssignable(value: DeclaredType, to: DeclaredType): boolean {
  if (value === to || (typeof value === "object" && "name" in value && value.name === to)) return true;
  // `list` and `map` alone say nothing about what they hold.
  if (value === "list" || to === "list") return isOf(value, "list") && isOf(to, "list");
  if (value === "map" || to === "map") return isOf(value, "map") && isOf(to, "map");
  const other = value === "null_type" ? to : to === "null_type" ? value : undefined;
  return other !== undefined && (typeof other === "object" ? "name" in other : nullable.has(other));
}

const nullable = new Set(["timestamp", "duration"]);
const isOf = (type: DeclaredType, kind: "list" | "map"): boolean =>
  type === kind || (typeof type === "object" && kind in type);

function isLessSpecific(value: DeclaredType, than: DeclaredType): boolean {
  if (isDyn(value)) return true;
  if (typeof value === "string" || typeof than === "string") return false;
  if ("list" in value && "list" in than) return isLessSpecific(value.list, than.list);
  if ("map" in value && "map" in than)
    return isLessSpecific(value.key, than.key) && isLessSpecific(value.map, than.map);
  return "optional" in value && "optional" in than && isLessSpecific(value.optional, than.optional);
}

/** The type with its parameters replaced; what nothing is bound to is `dyn`. */
export function bindType(type: DeclaredType, bound: ReadonlyMap<string, DeclaredType>): DeclaredType {
  if (typeof type === "string") return parameters.has(type) ? (bound.get(type) ?? "dyn") : type;
  if ("list" in type) return { list: bindType(type.list, bound) };
  if ("optional" in type) return { optional: bindType(type.optional, bound) };
  return "map" in type ? { key: bindType(type.key, bound), map: bindType(type.map, bound) } : type;
}

/** The type of several values: theirs if it is one, else `dyn`. */
export function joinTypes(types: readonly DeclaredType[]): DeclaredType {
  const [first = "dyn", ...rest] = types;
  return rest.every((one) => typeText(one) === typeText(first)) ? first : "dyn";
}
