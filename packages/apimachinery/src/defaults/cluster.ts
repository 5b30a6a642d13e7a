import type { JsonObject } from "../json.ts";
import { edit, filler, fillIn, size, type Defaulter } from "./defaulter.ts";

function csiDriverSpec(spec: JsonObject): void {
  if (size(spec["volumeLifecycleModes"]) === 0) spec["volumeLifecycleModes"] = ["Persistent"];
  fillIn(spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: "ReadWriteOnceWithFSType",
    requiresRepublish: false,
    seLinuxMount: false,
  });
}

function customResourceDefinitionSpec(spec: JsonObject): void {
  fillIn(spec, { conversion: { strategy: "None" } });
  edit(spec, "names", (names) => {
    const { kind } = names;
    if (typeof kind === "string") fillIn(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  });
}

/** What an administrator sets up once for the whole cluster. */
export const clusterDefaults: readonly (readonly [string, Defaulter])[] = [
  ["io.k8s.api.storage.v1.CSIDriverSpec", csiDriverSpec],
  ["io.k8s.api.scheduling.v1.PriorityClass", filler({ value: 0, preemptionPolicy: "PreemptLowerPriority" })],
  ["io.k8s.api.flowcontrol.v1.FlowSchemaSpec", filler({ matchingPrecedence: 1000 })],
  ["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference", filler({ port: 443 })],
  [
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionSpec",
    customResourceDefinitionSpec,
  ],
];
