import { kindNames } from "../../kinds/load.ts";
import { apiVersion } from "../../kinds/group.ts";

/** Fairlead's own kinds, as watches name them. */
export const declaredKinds = kindNames.map((kind) => ({ apiVersion, kind }));

/**
 * What planners look up by kind alone: in a cluster a kind has a group. The version is one that is served wherever the
 * kind is.
 */
const lookedUp: { readonly [kind: string]: string } = {
  ConfigMap: "v1",
  Secret: "v1",
  Service: "v1",
  ServiceAccount: "v1",
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  Rollout: "argoproj.io/v1alpha1",
  TriggerAuthentication: "keda.sh/v1alpha1",
  ClusterTriggerAuthentication: "keda.sh/v1alpha1",
  ExternalSecret: "external-secrets.io/v1",
  SealedSecret: "bitnami.com/v1alpha1",
  PubSubTopic: "pubsub.cnrm.cloud.google.com/v1beta1",
  Exchange: "rabbitmq.com/v1beta1",
};

/** The apiVersion of a kind that planners look up; undefined for one that no planner is known to ask for. */
export function apiVersionOfLookup(kind: string): string | undefined {
  return Object.hasOwn(lookedUp, kind) ? lookedUp[kind] : undefined;
}

export const lookupKinds = Object.keys(lookedUp);
