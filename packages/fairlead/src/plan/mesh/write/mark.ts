import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { MeshSettings } from "../model/settings.ts";
import { createdBy } from "./metadata.ts";

export const networking = "networking.istio.io/v1";
export const networkingAlpha = "networking.istio.io/v1alpha3";
export const security = "security.istio.io/v1";

/** What an object is called, and what it carries besides marks. */
export interface Description {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  /** Without the predecessor's mark: it has kinds that it does not mark. */
  readonly unmarked?: boolean;
}

/** An object with the predecessor's mark where it has one; whose it is says the plan. Empty maps are left out. */
export function objectOf(settings: MeshSettings, description: Description, spec: JsonObject): KrmObject {
  const { apiVersion, kind, name, namespace, labels = {} } = description;
  const annotations = { ...description.annotations, ...(description.unmarked === true ? {} : createdBy(settings)) };
  const metadata: ObjectMeta = { name, namespace };
  if (Object.keys(labels).length > 0) metadata.labels = { ...labels };
  if (Object.keys(annotations).length > 0) metadata.annotations = annotations;
  return { apiVersion, kind, metadata, spec };
}

/** The longest name of an object, a DNS subdomain. */
const longest = 253;

/** The predecessor's name of an object for a host: the host in lower case and a suffix. */
export function nameFor(host: string, suffix: string): string {
  const name = `${host.toLowerCase()}${suffix}`;
  return name.length <= longest ? name : `${name.slice(0, longest - suffix.length)}${suffix}`;
}
