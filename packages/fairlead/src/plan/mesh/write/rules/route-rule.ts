/** One rule of a RoutingPolicy with the built-in plug-in `routes`: which requests, and under which name they go on. */
export interface RouteRule {
  /** Alternatives; empty: every request. */
  readonly conditions: readonly Condition[];
  /** Names in front of the host (`west`, `canary`), or regions; shares as written. */
  readonly to: readonly RuleTarget[];
  /** A Go duration. */
  readonly timeout: string | undefined;
  readonly retries: number | undefined;
}

export interface RuleTarget {
  /** `name`: a prefix of the host, `default` for the host itself. `region`: the backends of a region. */
  readonly kind: "name" | "region";
  readonly name: string;
  readonly weight: number | undefined;
}

export type TextMatch = { readonly kind: "exact" | "prefix" | "regex"; readonly text: string };

/** What must hold together. A path prefix counts by segments: `/v1` lets `/v1/orders` in, and not `/v10`. */
export interface Condition {
  readonly path: TextMatch | undefined;
  readonly headers: readonly (readonly [string, TextMatch])[];
  readonly query: readonly (readonly [string, TextMatch])[];
  readonly methods: readonly string[];
}
