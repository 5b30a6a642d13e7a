import { setOwn, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { intern } from "./intern.ts";
import { restartedForAnnotation, revisionLabel, statusAnnotation, templatesAnnotation } from "./keys.ts";
import { isOfKnownMaker, mirrorAnnotation } from "./pod.ts";
import { proxyContainer, proxyOnly } from "./proxy-shape.ts";
import { itemsAt, labelsAt, objectAt, textAt } from "./read.ts";

const annotationsKept = [
  statusAnnotation,
  revisionLabel,
  templatesAnnotation,
  restartedForAnnotation,
  mirrorAnnotation,
];
const initContainers = new Set([proxyContainer, "istio-init", "istio-validation"]);

/**
 * Leaves of a pod what its fact is made of: names, owner, proxy and readiness, in parts that pods share. Of pods that
 * nothing known makes the spec stays, for there is no template to look at.
 */
export function stripPod(pod: KrmObject): KrmObject {
  const isKnown = isOfKnownMaker(pod);
  const stripped: JsonObject = { apiVersion: pod.apiVersion, kind: pod.kind, metadata: metadataOf(pod, isKnown) };
  const spec = objectAt(pod, "spec");
  stripped["spec"] = isKnown ? specOf(spec) : spec;
  stripped["status"] = statusOf(objectAt(pod, "status"));
  return stripped as KrmObject;
}

function metadataOf(pod: KrmObject, isKnown: boolean): JsonObject {
  const from = objectAt(pod, "metadata");
  const metadata = picked(from, [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
  ]);
  metadata["labels"] = labelsAt(pod, ["metadata", "labels"]) as JsonObject;
  metadata["annotations"] = labelsAt(
    pod,
    ["metadata", "annotations"],
    (key) => !isKnown || annotationsKept.includes(key),
  ) as JsonObject;
  const owners = from["ownerReferences"];
  if (owners !== undefined) metadata["ownerReferences"] = intern(owners);
  return metadata;
}

function specOf(spec: JsonObject): JsonObject {
  const stripped: JsonObject = picked(spec, ["nodeName"]);
  const proxies = itemsAt(spec, "containers").filter((one) => one["name"] === proxyContainer);
  stripped["containers"] = intern(proxies.map(proxyOnly));
  const init = itemsAt(spec, "initContainers").filter((one) => initContainers.has(textAt(one, "name")));
  if (init.length > 0) {
    stripped["initContainers"] = intern(
      init.map((one) => (one["name"] === proxyContainer ? proxyOnly(one) : picked(one, ["name"]))),
    );
  }
  return stripped;
}

function statusOf(status: JsonObject): JsonObject {
  const stripped = picked(status, ["phase"]);
  const ready = itemsAt(status, "conditions").find((one) => one["type"] === "Ready");
  if (ready !== undefined) stripped["conditions"] = intern([picked(ready, ["type", "status"])]);
  for (const list of ["containerStatuses", "initContainerStatuses"]) {
    const found = itemsAt(status, list).find((one) => one["name"] === proxyContainer);
    if (found !== undefined) stripped[list] = intern([picked(found, ["name", "imageID"])]);
  }
  return stripped;
}

function picked(object: JsonObject, keys: readonly string[]): JsonObject {
  const copy: JsonObject = {};
  for (const key of keys) {
    const value = object[key];
    if (value !== undefined) setOwn(copy, key, value);
  }
  return copy;
}
