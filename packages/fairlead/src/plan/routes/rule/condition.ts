/**
 * A condition on requests in Traefik's terms, as a tree.
 * https://doc.traefik.io/traefik/reference/routing-configuration/http/routing/rules-and-priority/
 */
export type Condition =
  | { readonly kind: "and"; readonly terms: readonly Condition[] }
  | { readonly kind: "or"; readonly terms: readonly Condition[] }
  | { readonly kind: "not"; readonly term: Condition }
  | Matcher;

/** One test, such as ``PathPrefix(`/api`)``. */
export interface Matcher {
  readonly kind: "matcher";
  readonly name: string;
  readonly values: readonly string[];
}

export function matcher(name: string, ...values: string[]): Matcher {
  return { kind: "matcher", name, values };
}

/** All of the terms; one alone is itself, none at all is undefined. */
export function all(terms: readonly Condition[]): Condition | undefined {
  return terms.length < 2 ? terms[0] : { kind: "and", terms };
}

/** Any of the terms; one alone is itself, none at all is undefined. */
export function any(terms: readonly Condition[]): Condition | undefined {
  return terms.length < 2 ? terms[0] : { kind: "or", terms };
}

/** How many values each matcher takes. */
export interface Matchers {
  readonly [name: string]: readonly [least: number, most: number];
}

/** Traefik v3's HTTP matchers. */
export const httpMatchers: Matchers = {
  ClientIP: [1, 1],
  Header: [2, 2],
  HeaderRegexp: [2, 2],
  Host: [1, 1],
  HostRegexp: [1, 1],
  Method: [1, 1],
  Path: [1, 1],
  PathPrefix: [1, 1],
  PathRegexp: [1, 1],
  Query: [1, 2],
  QueryRegexp: [1, 2],
};
