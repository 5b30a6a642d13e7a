import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** What `scenario.yaml` says: what is done to a fleet, and what is expected after each step. */
export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly say: string;
  /** Objects by cluster, or names of files of the example's folder `.later`; one that is there already is replaced. */
  readonly apply: { readonly [cluster: string]: readonly JsonObject[] };
  /** `Kind NAMESPACE/NAME` by cluster. */
  readonly remove: { readonly [cluster: string]: readonly string[] };
  /** What is out from this step on; undefined: as before. */
  readonly lose: { readonly regions: readonly string[]; readonly clusters: readonly string[] } | undefined;
  /** Seconds that the proxies' clock is put forward. */
  readonly wait: number;
  readonly expect: readonly Expectation[];
}

export type Expectation =
  /** The endpoints of a host's ServiceEntry in a cluster, `ADDRESS:PORT`, in any order. */
  | { readonly kind: "endpoints"; readonly host: string; readonly in: string; readonly are: readonly string[] }
  /** The host has an address for callers in a cluster: the same everywhere, as it was before. */
  | { readonly kind: "resolves"; readonly host: string; readonly in: string; readonly from: string }
  /** A cluster knows nothing of a host. */
  | { readonly kind: "unknown"; readonly host: string; readonly in: string }
  /**
   * What answers requests, in percent: `CLUSTER`, or `CLUSTER/SERVICE`. At most `errors` of them fail. More are sent, for
   * `within` seconds, until it is so.
   */
  | {
      readonly kind: "requests";
      readonly url: string;
      readonly in: string;
      readonly from: string;
      readonly shares: { readonly [server: string]: number };
      readonly errors: number;
      readonly within: number;
    }
  /** What the mesh says of a policy. */
  | {
      readonly kind: "policy";
      readonly policy: string;
      readonly in: string;
      readonly accepted: boolean;
      readonly says: string;
    }
  /** What the mesh says of the fleet. */
  | { readonly kind: "finding"; readonly code: string; readonly says: string };

/** Reads a scenario. Throws an Error that names the step that cannot be read: scenarios are part of the sources. */
export function readScenario(value: JsonValue, fileOf: (name: string) => readonly JsonObject[]): Scenario {
  const steps = listOf(get(value, "steps")).map((step, index) => {
    try {
      return stepOf(step, fileOf);
    } catch (error) {
      throw new Error(`step ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
  return { title: textOf(get(value, "title")), steps };
}

function stepOf(step: JsonValue, fileOf: (name: string) => readonly JsonObject[]): Step {
  only(step, ["say", "apply", "delete", "lose", "wait", "expect"]);
  const lose = get(step, "lose");
  const wait = get(step, "wait");
  return {
    say: textOf(get(step, "say")),
    apply: recordOf(get(step, "apply"), (one) =>
      listOf(one).flatMap((object) => (isObject(object) ? [object] : fileOf(textOf(object)))),
    ),
    remove: recordOf(get(step, "delete"), texts),
    lose:
      lose === undefined ? undefined : { regions: texts(get(lose, "regions")), clusters: texts(get(lose, "clusters")) },
    wait: typeof wait === "number" ? wait : 0,
    expect: listOf(get(step, "expect")).map(expectationOf),
  };
}

function expectationOf(value: JsonValue): Expectation {
  const at = (field: string): string => textOf(get(value, field));
  const host = at("endpoints") || at("resolves") || at("unknown");
  if (get(value, "endpoints") !== undefined) {
    only(value, ["endpoints", "in", "are"]);
    return { kind: "endpoints", host, in: at("in"), are: texts(get(value, "are")) };
  }
  if (get(value, "resolves") !== undefined) {
    only(value, ["resolves", "in", "from"]);
    return { kind: "resolves", host, in: at("in"), from: at("from") };
  }
  if (get(value, "unknown") !== undefined) {
    only(value, ["unknown", "in"]);
    return { kind: "unknown", host, in: at("in") };
  }
  if (get(value, "requests") !== undefined) {
    only(value, ["requests", "in", "from", "shares", "errors", "within"]);
    const [errors, within] = [get(value, "errors"), get(value, "within")];
    const shares = recordOf(get(value, "shares"), Number);
    return {
      kind: "requests",
      url: at("requests"),
      in: at("in"),
      from: at("from"),
      shares,
      errors: typeof errors === "number" ? errors : 0,
      within: typeof within === "number" ? within : 0,
    };
  }
  if (get(value, "policy") !== undefined) {
    only(value, ["policy", "in", "accepted", "says"]);
    return {
      kind: "policy",
      policy: at("policy"),
      in: at("in"),
      accepted: get(value, "accepted") === true,
      says: at("says"),
    };
  }
  only(value, ["finding", "says"]);
  return { kind: "finding", code: at("finding"), says: at("says") };
}

function only(value: JsonValue, fields: readonly string[]): void {
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} is no object`);
  const unknown = Object.keys(value).find((key) => !fields.includes(key));
  if (unknown !== undefined)
    throw new Error(`unknown field ${JSON.stringify(unknown)}; known are ${fields.join(", ")}`);
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const texts = (value: JsonValue | undefined): readonly string[] => listOf(value).map(textOf);

function recordOf<T>(value: JsonValue | undefined, read: (one: JsonValue) => T): { readonly [key: string]: T } {
  return Object.fromEntries(isObject(value) ? Object.entries(value).map(([key, one]) => [key, read(one!)]) : []);
}
