import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isNotFound } from "../common/pod-control.ts";
import type { Api } from "../controller.ts";
import type { SliceAction } from "./plan-slices.ts";

export const slices = "endpointslices.discovery.k8s.io";

export async function carryOut({ kind, slice }: SliceAction, api: Api): Promise<void> {
  const { namespace, name } = slice["metadata"] as { namespace: string; name: string };
  if (kind === "create") await api.create(slices, slice);
  else if (kind === "update") await api.update(slices, slice);
  else {
    try {
      await api.delete(slices, { namespace, name });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

export function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

/** The key of the Service that a slice says it is of. */
export function serviceOf(slice: JsonObject): string {
  const service = textOf(get(get(slice["metadata"], "labels"), "kubernetes.io/service-name"));
  return `${textOf(get(slice["metadata"], "namespace"))}/${service}`;
}
