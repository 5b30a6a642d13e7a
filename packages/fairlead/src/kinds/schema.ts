/**
 * The schema vocabulary of Fairlead's kinds: TypeBox plus the few constructs that CRD structural schemas have and
 * TypeBox writes differently. Only kind files and the generator import it; at run time the generated data is read.
 */
import { Type, type Static, type TProperties, type TSchema, type TUnsafe } from "typebox";

export { Type };
export type { Static };

/** A closed set of strings, as `type: string` with `enum` (a union of literals would not be structural). */
export function StringEnum<const Values extends readonly string[]>(
  values: Values,
  options: object = {},
): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ type: "string", enum: [...values], ...options });
}

/** A map from string to `value`. */
export function MapOf<Value extends TSchema>(
  value: Value,
  options: object = {},
): TUnsafe<{ [key: string]: Static<Value> }> {
  return Type.Unsafe<{ [key: string]: Static<Value> }>({ type: "object", additionalProperties: value, ...options });
}

/** Labels, annotations, environment: a map from string to string. */
export function StringMap(options: object = {}): TUnsafe<{ [key: string]: string }> {
  return MapOf(Type.String(), options);
}

/** A list that is a map by `keys`: merges go by key, and two items with one key are refused. */
export function ListMap<Item extends TSchema>(
  item: Item,
  keys: readonly string[],
  options: object = {},
): TUnsafe<Static<Item>[]> {
  return Type.Unsafe<Static<Item>[]>({
    type: "array",
    items: item,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": [...keys],
    ...options,
  });
}

/** A list of distinct scalars. */
export function SetOf<Item extends TSchema>(item: Item, options: object = {}): TUnsafe<Static<Item>[]> {
  return Type.Unsafe<Static<Item>[]>({ type: "array", items: item, "x-kubernetes-list-type": "set", ...options });
}

/** `80` or `"http"`: Kubernetes' IntOrString. */
export function IntOrString(options: object = {}): TUnsafe<number | string> {
  return Type.Unsafe<number | string>({ "x-kubernetes-int-or-string": true, ...options });
}

/**
 * One of two shapes, told apart by their type (`true` or an object, `"unlimited"` or an object). Validation and the
 * editors' schema know both; a CRD cannot say it, so there the field is open and Fairlead checks it.
 */
export function Either<Left extends TSchema, Right extends TSchema>(
  left: Left,
  right: Right,
  options: object = {},
): TUnsafe<Static<Left> | Static<Right>> {
  return Type.Unsafe<Static<Left> | Static<Right>>({
    anyOf: [left, right],
    "x-kubernetes-preserve-unknown-fields": true,
    ...options,
  });
}

/** An object of a foreign API, passed on as it is. */
export function Open(options: object = {}): TUnsafe<{ [key: string]: never }> {
  return Type.Unsafe<{ [key: string]: never }>({
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
    ...options,
  });
}

/** A definition of Kubernetes' own OpenAPI, by its name there. */
export function Kubernetes<T>(definition: string, options: object = {}): TUnsafe<T> {
  return Type.Unsafe<T>({ $ref: definition, ...options });
}

export type Rule = readonly [rule: string, message: string];

/**
 * Rules of objects that can be extended: a base is incomplete on purpose, and who extends one shows only its own half,
 * so both are judged when they are merged.
 */
export function unlessExtending(...list: readonly Rule[]): Rule[] {
  const guard = "has(self.extends) || (has(self.abstract) && self.abstract) || has(self.environments)";
  return list.map(([rule, message]) => [`${guard} || ${rule}`, message]);
}

/**
 * CEL rules for what two fields say together; the API server checks them, and the planners give the same problem a
 * finding with more words (a test holds the two together).
 * https://kubernetes.io/docs/reference/using-api/cel/
 */
export function rules(...list: readonly Rule[]): object {
  return { "x-kubernetes-validations": list.map(([rule, message]) => ({ rule, message })) };
}

/**
 * Fields that a base or a template may bring along: required once everything is merged, and open in the CRD, which sees
 * each object alone. A CEL rule asks for them where nothing is extended.
 */
export function completedByBase(...fields: readonly string[]): object {
  return { "x-fairlead-completed-by-base": fields };
}

/** A duration as Go and Kubernetes write it: `500ms`, `5m`, `1h30m`. */
export function Duration(options: object = {}) {
  return Type.String({ title: "a duration such as 5m", pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$", ...options });
}

/**
 * Our fields, and every other field of a Kubernetes definition under its own name. Where both have a field, ours
 * stands; `without` names fields that Kubernetes refuses in this place. The generated schema carries the reference; CRDs and editors get it expanded.
 */
export function PassThrough<Base>(definition: string, options: { readonly without?: readonly string[] } = {}) {
  const { without = [] } = options;
  return <Own extends TProperties>(
    own: Own,
    keywords: object = {},
  ): TUnsafe<Static<ReturnType<typeof Type.Object<Own>>> & Omit<Base, keyof Own>> => {
    const object = Type.Object(own, { ...keywords }) as unknown as object;
    return Type.Unsafe({
      ...object,
      "x-fairlead-extends": definition,
      ...(without.length > 0 && { "x-fairlead-without": without }),
    });
  };
}
