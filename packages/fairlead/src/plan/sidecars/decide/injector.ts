import { compareText } from "@fairlead/apimachinery";
import type { ConfigFact, ControlPlaneFact, HookClient, HookFact, HooksFact } from "../model/facts.ts";
import type { Injector } from "../model/question.ts";
import type { SidecarView } from "../model/view.ts";
import { sha256 } from "../observe/canonical.ts";

/** An injector with everything that its answers depend on besides the question. */
export function injectorOf(view: SidecarView, cluster: string, configuration: HooksFact, hook: HookFact): Injector {
  const { revision, client } = hook;
  const inputs = [
    clientText(client),
    ...configsOf(view, cluster, revision, client).map(({ namespace, name, hash }) => `${namespace}/${name}=${hash}`),
    ...controlPlanesOf(view, cluster, revision, client).map(
      ({ namespace, name, hash }) => `${namespace}/${name}:${hash}`,
    ),
  ];
  return {
    id: `${configuration.name}/${hook.name}/${hook.index}`,
    revision,
    client,
    timeoutSeconds: hook.timeoutSeconds,
    inputs: sha256(inputs.join("\n")),
  };
}

/** ConfigMaps of a revision: of the namespace that the webhook's Service is in, else of any. */
export function configsOf(
  view: SidecarView,
  cluster: string,
  revision: string,
  client: HookClient | undefined,
): readonly ConfigFact[] {
  return sorted(view.configs(cluster).filter((one) => one.revision === revision && isNear(one.namespace, client)));
}

/** Deployments of istiod of a revision, by the same rule. */
export function controlPlanesOf(
  view: SidecarView,
  cluster: string,
  revision: string,
  client: HookClient | undefined,
): readonly ControlPlaneFact[] {
  return sorted(
    view
      .controlPlanes(cluster)
      .filter((one) => (one.revision || "default") === revision && isNear(one.namespace, client)),
  );
}

function isNear(namespace: string, client: HookClient | undefined): boolean {
  return client?.kind !== "service" || client.namespace === namespace;
}

/** Certificates do not change what is answered. */
function clientText(client: HookClient | undefined): string {
  if (client === undefined) return "none";
  return client.kind === "url" ? client.url : `${client.namespace}/${client.name}:${client.port}${client.path}`;
}

/** Namespaces in which webhooks of a cluster find their injectors, sorted: their ConfigMaps lie there. */
export function injectorNamespaces(view: SidecarView, cluster: string): readonly string[] {
  const names = new Set<string>();
  for (const { hooks } of view.hooks(cluster)) {
    for (const { isInjector, client } of hooks) {
      if (isInjector && client?.kind === "service" && client.namespace !== "") names.add(client.namespace);
    }
  }
  return [...names].sort(compareText);
}

function sorted<F extends { readonly namespace: string; readonly name: string }>(facts: readonly F[]): readonly F[] {
  return facts.toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
}
