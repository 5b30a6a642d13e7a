import { isObject, virtualClock, type Clock, type JsonObject } from "@fairlead/apimachinery";
import type { AdmissionContext } from "../src/admission/admission.ts";
import type { AdmissionHost } from "../src/admission/host.ts";
import { createResourceTable } from "../src/resources/resource-table.ts";
import { apiVersionOf, type Resource } from "../src/resources/resource.ts";
import { context, resource, resources, shop } from "./admission.ts";

const autoscalers = ["v1", "v2"].map((version) =>
  resource("autoscaling", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, version),
);

/** Two versions of one resource, the first of them stored. */
export const [autoscalerV1, autoscalerV2] = autoscalers as [Resource, Resource];

export interface HostParts {
  readonly context?: AdmissionContext;
  readonly clock?: Clock;
  readonly allows?: (verb: string, what: string) => boolean;
  readonly port?: () => number;
}

/** A server around admission that defaults nothing but `spec.defaulted`, and converts by writing another version. */
export function testHost(parts: HostParts = {}): AdmissionHost {
  let seed = 1;
  return {
    context: parts.context ?? context({ namespaces: [shop] }),
    authorizer: {
      decide: (asked) => {
        const what = asked.kind === "path" ? asked.path : `${asked.resource}/${asked.name}`;
        return { allowed: parts.allows?.(asked.verb, what) ?? false, reason: "" };
      },
    },
    clock: parts.clock ?? virtualClock(),
    random: () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647,
    resources: createResourceTable([...Object.values(resources), ...autoscalers]),
    decode: (object) => {
      const spec = isObject(object["spec"]) ? object["spec"] : {};
      const { unknown: _, ...known } = spec;
      return { ...object, spec: { ...known, defaulted: true } };
    },
    convert: (object, _from, to) => ({ ...object, apiVersion: apiVersionOf(to) }),
    schemaOf: () => ({ schema: undefined }),
    resolveService: (_namespace, name) => {
      if (name !== "hooks") throw new Error(`service ${JSON.stringify(name)} not found`);
      return { host: "127.0.0.1", port: parts.port?.() ?? 1 };
    },
  };
}

export type Answer = (review: JsonObject) => JsonObject;
