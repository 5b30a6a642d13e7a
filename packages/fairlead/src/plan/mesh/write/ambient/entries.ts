import { get, isObject, type JsonObject, textOf } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { writeDestinationRules } from "../destination-rule.ts";
import type { IdentityInput, Output } from "../output.ts";
import { writeServiceEntries } from "../service-entry.ts";
import { waypointName } from "./names.ts";

const tlsMode = "security.istio.io/tlsMode";

/**
 * The ServiceEntries of sidecar mode, enrolled in the waypoint. Services of the own cluster are called without Istio's
 * TLS by sidecars' rules: their pods have no sidecar that would understand it.
 */
export function ambientServiceEntries(input: IdentityInput): Output {
  return mapObjects(writeServiceEntries(input), (object, cluster) => {
    const domain = `.svc.${input.fleet.cluster(cluster)?.clusterDomain ?? "cluster.local"}`;
    const spec = object["spec"] as JsonObject;
    const endpoints = Array.isArray(spec["endpoints"]) ? spec["endpoints"] : [];
    const changed = endpoints.map((endpoint) => {
      const { [tlsMode]: mode, ...labels } = isObject(get(endpoint, "labels"))
        ? (get(endpoint, "labels") as JsonObject)
        : {};
      const address = textOf(get(endpoint, "address")).replace(/\.$/, "");
      return mode !== undefined && address.endsWith(domain) ? { ...(endpoint as JsonObject), labels } : endpoint;
    });
    const metadata = {
      ...object.metadata,
      labels: { ...object.metadata.labels, "istio.io/use-waypoint": waypointName },
    };
    return { ...object, metadata, spec: endpoints.length === 0 ? spec : { ...spec, endpoints: changed } };
  });
}

/** The DestinationRules of sidecar mode, for the waypoint, which sees by each endpoint whether to use TLS. */
export function ambientDestinationRules(input: IdentityInput): Output {
  return mapObjects(writeDestinationRules(input), (object) => {
    const spec = object["spec"] as JsonObject;
    const { tls: _, ...trafficPolicy } = isObject(spec["trafficPolicy"]) ? spec["trafficPolicy"] : {};
    return { ...object, spec: { ...spec, trafficPolicy } };
  });
}

function mapObjects(output: Output, change: (object: KrmObject, cluster: string) => KrmObject): Output {
  const objects = (output.objects ?? []).map(({ cluster, object }) => ({ cluster, object: change(object, cluster) }));
  return { ...output, objects };
}
