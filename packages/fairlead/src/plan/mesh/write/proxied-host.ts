import { get, textOf } from "@fairlead/apimachinery";
import type { ProxyFact } from "../model/facts.ts";

/** The name that leads to a DependencyProxy, in lower case; undefined where something of it is missing. */
export function proxiedHost({ env, spec }: Pick<ProxyFact, "env" | "spec">): string | undefined {
  const identity = textOf(get(spec["destination"], "identity"));
  const suffix = textOf(get(spec["destination"], "dns_suffix") ?? get(spec["destination"], "dnsSuffix"));
  return env === "" || identity === "" || suffix === "" ? undefined : `${env}.${identity}.${suffix}`.toLowerCase();
}

/** The identity that stands in front, in lower case. */
export function proxyIdentity({ spec }: Pick<ProxyFact, "spec">): string {
  return textOf(get(spec["proxy"], "identity")).toLowerCase();
}

/** The identity whose names lead to the proxy, in lower case. */
export function proxiedIdentity({ spec }: Pick<ProxyFact, "spec">): string {
  return textOf(get(spec["destination"], "identity")).toLowerCase();
}
