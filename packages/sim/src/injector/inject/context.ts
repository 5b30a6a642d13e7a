import type { JsonObject } from "@fairlead/apimachinery";
import type { InjectionConfig } from "./injection-config.ts";

/** What an injection depends on besides the pod. */
export interface InjectionContext {
  readonly config: InjectionConfig;
  /** The empty text for the default revision. */
  readonly revision: string;
  /** Of the request: pods of workloads do not name theirs yet. */
  readonly namespace: string;
  /** Proxies are init containers that go on running, where pods do not say otherwise; false unless told. */
  readonly nativeSidecars?: boolean;
  /** Of the webhook's path: `/inject/cluster/remote1/net/network2`. */
  readonly path?: string;
  /** ProxyConfig objects of `networking.istio.io` in force. */
  readonly proxyConfigs?: readonly JsonObject[];
  /** Environment variables of the control plane, which templates may read. */
  readonly environment?: { readonly [name: string]: string };
}

const named = new Map([
  ["cluster", "ISTIO_META_CLUSTER_ID"],
  ["net", "ISTIO_META_NETWORK"],
]);

/** The variables that a webhook's path sets: `/inject/KEY/VALUE/…`; `--slash--` stands for a slash in values. */
export function pathVariables(path: string): Map<string, string> {
  const result = new Map<string, string>();
  const [, , ...parts] = (path.endsWith("/") ? path.slice(0, -1) : path).split("/");
  for (let index = 0; index + 1 < parts.length && index < 100; index += 2) {
    const name = named.get(parts[index]!) ?? parts[index]!.toUpperCase();
    if (name !== "") result.set(name, parts[index + 1]!.replaceAll("--slash--", "/"));
  }
  return result;
}
