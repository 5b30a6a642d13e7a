import { kindNames, type KindName } from "../../kinds/load.ts";
import { apiVersion } from "../../kinds/group.ts";

/** Kinds that are another controller's: it reads them, and says in their status what became of them. */
const elsewhere: readonly KindName[] = ["MeshConfig", "SidecarPolicy"];

/** Fairlead's own kinds, as watches name them. */
export const declaredKinds = kindNames
  .filter((kind) => !elsewhere.includes(kind))
  .map((kind) => ({ apiVersion, kind }));

/** What planners look up by kind alone: in a cluster a kind has a group. Whatever version the cluster prefers will do. */
const lookedUp: { readonly [kind: string]: string } = {
  ConfigMap: "",
  Secret: "",
  Service: "",
  ServiceAccount: "",
  Deployment: "apps",
  StatefulSet: "apps",
  Rollout: "argoproj.io",
  TriggerAuthentication: "keda.sh",
  ClusterTriggerAuthentication: "keda.sh",
  ExternalSecret: "external-secrets.io",
  SealedSecret: "bitnami.com",
  PubSubTopic: "pubsub.cnrm.cloud.google.com",
  Exchange: "rabbitmq.com",
};

/** `Kind.group` of a kind that planners look up; undefined for one that no planner is known to ask for. */
export function groupKindOfLookup(kind: string): string | undefined {
  if (!Object.hasOwn(lookedUp, kind)) return undefined;
  const group = lookedUp[kind]!;
  return group === "" ? kind : `${kind}.${group}`;
}
