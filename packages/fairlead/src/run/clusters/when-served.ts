import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { judgeEstablished, type Informers, type Resource } from "@fairlead/kube";
import { keepOnly } from "../../plan/mesh/observe/strip.ts";
import { resourceOf } from "../../plan/shared/resource-of.ts";

const definitions: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  namespaced: false,
};
const strip = keepOnly(["spec", "versions", "name"], ["spec", "versions", "served"], ["status", "conditions"]);

export interface Served {
  /** The API server serves the kind, or is about to. Called once. */
  readonly served: () => void;
  /** Definitions cannot be read: there is no right to, or the server has none. Called once. */
  readonly unknown: () => void;
}

/**
 * Waits for a kind that a cluster does not serve, without asking again and again: watches the one
 * CustomResourceDefinition that would bring it, which needs a right to no more than that name. Returns how to end it;
 * it has ended when it has called back.
 */
export function whenServed(
  informers: Informers,
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
  { served, unknown }: Served,
): () => void {
  const fieldSelector = `metadata.name=${resourceOf(kind)}.${groupOf(apiVersion)}`;
  const informer = informers.informer({ resource: definitions, fieldSelector }, { strip });
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  let hasEnded = false;
  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    stopListening();
    stopStatus();
    informers.release(informer);
  }
  function tell(what: () => void): void {
    if (hasEnded) return;
    end();
    what();
  }
  const stopListening = informer.listen((change) => {
    if (change.kind !== "deleted" && serves(change.object, version)) tell(served);
  });
  const stopStatus = informer.onStatus(({ error }) => {
    if (error?.code === "forbidden" || error?.code === "not-found") tell(unknown);
  });
  return end;
}

function serves(definition: KrmObject, version: string): boolean {
  const versions: JsonValue = get(definition["spec"], "versions") ?? [];
  if (!Array.isArray(versions) || judgeEstablished(definition, false).kind !== "done") return false;
  return versions.some((one) => isObject(one) && one["name"] === version && one["served"] === true);
}
