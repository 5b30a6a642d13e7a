import { get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import { aggregateClusterRole } from "../../authz/aggregate-cluster-role.ts";
import type { Controller } from "../controller.ts";

const collection = "clusterroles.rbac.authorization.k8s.io";
const name = "clusterrole-aggregation-controller";

/** Keeps the rules of cluster roles with an `aggregationRule` those of the roles that it selects. */
export function clusterRoleAggregator(): Controller {
  return {
    name,
    // Any role may be selected by any rule, and there are few rules.
    watches: [{ collection, keys: (_role, { api }) => api.list(collection).filter(aggregates).map(nameOf) }],
    reconcile: async (key, { api }) => {
      const role = api.get(collection, { namespace: "", name: key });
      if (role === undefined) return undefined;
      const { rules } = aggregateClusterRole(role, api.list(collection));
      if (rules === undefined || rules === role["rules"]) return undefined;
      await api.apply(collection, { namespace: "", name: key }, { rules }, name);
      return undefined;
    },
  };
}

const aggregates = (role: JsonObject): boolean => isObject(get(role, "aggregationRule"));

const nameOf = (role: JsonObject): string => textOf(get(get(role, "metadata"), "name"));
