import type { Finding, ObjectRef } from "@fairlead/krm";
import { apiVersionOf, type Client, type Resource } from "@fairlead/kube";
import { apiVersion } from "../../kinds/load.ts";
import { kindByName } from "../kind-argument.ts";
import { clusterFinding } from "./findings.ts";

/** What stands for an object on the command line, in one cluster. */
export interface NamedObject {
  readonly ref: ObjectRef;
  /** Undefined for one of Fairlead's kinds that the cluster does not serve. */
  readonly resource: Resource | undefined;
  /** One of Fairlead's kinds. */
  readonly declared: boolean;
}

/** What a name alone may be. */
const unnamedKinds = ["App", "Task"] as const;

/**
 * What `KIND/NAME` names in a cluster, in the namespace of the access; a name alone is an App or a Task. The kind may be
 * written in any way that kubectl takes. FL764 and FL765 for what cannot be understood.
 */
export async function namedObjects(client: Client, text: string): Promise<readonly NamedObject[] | Finding> {
  const parts = text.split("/");
  const name = parts.at(-1)!;
  if (parts.length > 2 || parts.some((part) => part === "")) {
    return clusterFinding("FL765", { message: `${JSON.stringify(text)} is not KIND/NAME` });
  }
  const { namespace, name: cluster } = client.access;
  const kind = parts.length === 1 ? undefined : parts[0]!;
  const ours = kind === undefined ? undefined : kindByName(kind);
  if (kind === undefined || ours !== undefined) {
    const refs = (ours === undefined ? unnamedKinds : [ours]).map((one) => ({
      apiVersion,
      kind: one,
      namespace,
      name,
    }));
    return Promise.all(refs.map(async (ref) => ({ ref, resource: await client.discovery.find(ref), declared: true })));
  }
  const resource = await client.discovery.lookup(kind);
  if (resource === undefined) {
    return clusterFinding("FL764", { message: `${cluster}: there is no kind ${JSON.stringify(kind)}` });
  }
  const within = resource.namespaced ? { namespace } : {};
  return [
    { ref: { apiVersion: apiVersionOf(resource), kind: resource.kind, ...within, name }, resource, declared: false },
  ];
}
