import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { splitKey } from "../common/objects.ts";
import type { Controller, ControllerContext, Outcome } from "../controller.ts";
import { carryOut, keyOf, serviceOf, slices } from "./carry-out.ts";
import { isMirrored, mirrorManager, planMirror } from "./plan-mirror.ts";

/** Mirrors Endpoints that somebody wrote by hand into EndpointSlices, which is where proxies look. */
export function sliceMirroringController(): Controller {
  const isOurs = (slice: JsonObject): boolean =>
    get(get(slice["metadata"], "labels"), "endpointslice.kubernetes.io/managed-by") === mirrorManager;
  return {
    name: "endpoint-slice-mirroring-controller",
    watches: [
      { collection: "endpoints", keys: (endpoints) => [keyOf(endpoints)] },
      { collection: "services", keys: (service) => [keyOf(service)] },
      { collection: slices, keys: (slice) => (isOurs(slice) ? [serviceOf(slice)] : []) },
    ],
    reconcile: (key, context) => reconcile(key, context, isOurs),
  };
}

async function reconcile(
  key: string,
  { api, event }: ControllerContext,
  isOurs: (slice: JsonObject) => boolean,
): Promise<Outcome> {
  const { namespace, name } = splitKey(key);
  const endpoints = api.get("endpoints", { namespace, name });
  const service = api.get("services", { namespace, name });
  const own = api.list(slices, namespace).filter((slice) => isOurs(slice) && serviceOf(slice) === key);
  const selects = isObject(get(service?.["spec"], "selector"));
  if (endpoints === undefined || service === undefined || selects || !isMirrored(endpoints)) {
    for (const slice of own) await carryOut({ kind: "delete", slice }, api);
    return undefined;
  }
  if (textOf(get(endpoints["metadata"], "deletionTimestamp")) !== "") return undefined;
  const { actions, warnings } = planMirror(endpoints, own);
  for (const [reason, message] of warnings) event(endpoints, "Warning", reason, message);
  for (const action of actions) await carryOut(action, api);
  return undefined;
}
