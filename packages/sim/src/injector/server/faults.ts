import type { JsonObject } from "@fairlead/apimachinery";

/** What an injector does wrong on purpose. */
export type InjectorFault =
  /** Never answers; the connection stays open. */
  | { readonly kind: "hang" }
  /** Cuts the connection. */
  | { readonly kind: "reset" }
  /** Answers rightly, but only after so many milliseconds of the injector's clock. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Answers with an HTTP status and a text. */
  | { readonly kind: "status"; readonly status: number; readonly body?: string }
  /** An answer of so many bytes; 10 MiB unless told. */
  | { readonly kind: "large"; readonly bytes?: number }
  /** An answer that is no JSON. */
  | { readonly kind: "text" }
  /** A patch that is none: not base64 of a list, or with an operation that does not apply. */
  | { readonly kind: "undecodable patch" }
  | { readonly kind: "inapplicable patch" }
  /** Changes the pod's identity: its name, its namespace, its kind. */
  | { readonly kind: "foreign patch" }
  /** These operations in place of the right ones. */
  | { readonly kind: "patch"; readonly operations: readonly JsonObject[] }
  /** Answers another request. */
  | { readonly kind: "wrong uid" }
  | { readonly kind: "denied"; readonly message: string }
  /** Allows the pod as it is, as an injector does that has forgotten its configuration. */
  | { readonly kind: "nothing" };

export interface FaultScope {
  /** Only requests to this revision; all unless told. */
  readonly revision?: string;
  /** Only pods of this namespace; all unless told. */
  readonly namespace?: string;
  /** How many requests meet it; all until it is taken back unless told. */
  readonly times?: number;
}

/** The faults in force: the latest that fits is met. */
export interface Faults {
  add(fault: InjectorFault, scope?: FaultScope): () => void;
  meet(request: { readonly revision: string; readonly namespace: string }): InjectorFault | undefined;
}

export function createFaults(): Faults {
  interface Entry {
    readonly fault: InjectorFault;
    readonly scope: FaultScope;
    left: number;
  }
  let entries: Entry[] = [];
  return {
    add: (fault, scope = {}) => {
      const entry: Entry = { fault, scope, left: scope.times ?? Infinity };
      entries.push(entry);
      return () => void (entries = entries.filter((one) => one !== entry));
    },
    meet: ({ revision, namespace }) => {
      const found = entries.findLast(
        ({ scope }) =>
          (scope.revision === undefined || scope.revision === revision) &&
          (scope.namespace === undefined || scope.namespace === namespace),
      );
      if (found !== undefined && --found.left <= 0) entries = entries.filter((one) => one !== found);
      return found?.fault;
    },
  };
}
