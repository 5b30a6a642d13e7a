import type { JsonObject } from "@fairlead/apimachinery";
import { meshKindList } from "./kind-list.ts";

/**
 * CustomResourceDefinitions of the kinds that a mesh reads and writes, which take any content: for clusters of tests and
 * measurements, where Istio's own are not at hand. The kinds of admiral.io have a status.
 */
export function meshDefinitions(groups: (group: string) => boolean = () => true): JsonObject[] {
  return meshKindList
    .filter(([group]) => groups(group))
    .map(([group, version, kind, plural]) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        scope: "Namespaced",
        names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                  status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                },
              },
            },
            ...(group === "admiral.io" && { subresources: { status: {} } }),
          },
        ],
      },
    }));
}
