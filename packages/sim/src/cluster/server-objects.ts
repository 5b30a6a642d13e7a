import { equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { metadataOf, withMetadata } from "../api/registry/metadata.ts";

/** Where an API server listens. */
export interface ServerPlace {
  readonly address: string;
  readonly port: number;
  /** PEM, of who signs the certificates of clients; absent where nobody does. */
  readonly clientAuthority?: string;
}

/** An object that an API server keeps about itself. */
export interface OwnObject {
  readonly collection: string;
  readonly namespace: string;
  readonly name: string;
  /** As it is created. */
  readonly object: JsonObject;
  /** As it should be; the same one where nothing is wrong. */
  readonly corrected: (live: JsonObject) => JsonObject;
  /** How long the server takes to correct it, and to make it again, at most. */
  readonly delays: { readonly changed: number; readonly deleted: number };
}

/** The server looks after its Service and its endpoints from time to time; of ConfigMaps it is told. */
const whenLooking = { changed: 10_000, deleted: 10_000 };
const atOnce = { changed: 0, deleted: 0 };

/** The first address of the range of Services. */
const serviceAddress = "10.96.0.1";

/** What every API server keeps about itself, as kube-apiserver does. `now` is in milliseconds since the epoch. */
export function serverObjects(place: ServerPlace, now: number): readonly OwnObject[] {
  return [authentication(place), tokenTracking(now), service(place), endpoints(place), slice(place)];
}

function service({ port }: ServerPlace): OwnObject {
  return {
    ...named("services", "default", "kubernetes", { component: "apiserver", provider: "kubernetes" }, (metadata) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        clusterIP: serviceAddress,
        ipFamilyPolicy: "SingleStack",
        sessionAffinity: "None",
        internalTrafficPolicy: "Cluster",
        ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: port }],
      },
    })),
    // What somebody has made of it stays.
    corrected: (live) => live,
    delays: whenLooking,
  };
}

function endpoints({ address, port }: ServerPlace): OwnObject {
  const labels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  const subsets = [{ addresses: [{ ip: address }], ports: [{ name: "https", port, protocol: "TCP" }] }];
  return {
    ...named("endpoints", "default", "kubernetes", labels, (metadata) => ({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata,
      subsets,
    })),
    corrected: (live) => withLabels({ ...live, subsets }, labels),
    delays: whenLooking,
  };
}

function slice({ address, port }: ServerPlace): OwnObject {
  const labels = { "kubernetes.io/service-name": "kubernetes" };
  const body = {
    addressType: "IPv4",
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  };
  return {
    ...named("endpointslices.discovery.k8s.io", "default", "kubernetes", labels, (metadata) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata,
      ...body,
    })),
    corrected: (live) => withLabels({ ...live, ...body }, labels),
    delays: whenLooking,
  };
}

/** Tells servers that extend the API whose certificates to believe. */
function authentication({ clientAuthority }: ServerPlace): OwnObject {
  const data = clientAuthority === undefined ? {} : { data: { "client-ca-file": clientAuthority } };
  return {
    ...configMap("extension-apiserver-authentication", data),
    delays: atOnce,
    corrected: (live) => {
      const known = textOf(get(live["data"], "client-ca-file"));
      if (clientAuthority === undefined || known.includes(clientAuthority.trim())) return live;
      return withData(live, { "client-ca-file": known + clientAuthority });
    },
  };
}

/** Since when the use of Secrets with tokens is written down. */
function tokenTracking(now: number): OwnObject {
  const data = { since: new Date(now).toISOString().slice(0, 10) };
  return {
    ...configMap("kube-apiserver-legacy-service-account-token-tracking", { data }),
    // Servers that do not agree whether it should be there fight over it slowly.
    delays: { changed: 0, deleted: 30 * 60_000 },
    corrected: (live) => (isDate(get(live["data"], "since")) ? live : { ...live, data }),
  };
}

const isDate = (value: JsonValue | undefined): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(textOf(value)) && !Number.isNaN(Date.parse(textOf(value)));

function configMap(name: string, data: JsonObject): ReturnType<typeof named> {
  const object = (metadata: JsonObject): JsonObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata, ...data });
  return named("configmaps", "kube-system", name, {}, object);
}

function named(
  collection: string,
  namespace: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  object: (metadata: JsonObject) => JsonObject,
): Pick<OwnObject, "collection" | "namespace" | "name" | "object"> {
  const metadata = { name, namespace, ...(Object.keys(labels).length === 0 ? {} : { labels }) };
  return { collection, namespace, name, object: object(metadata) };
}

function withLabels(object: JsonObject, wanted: Readonly<Record<string, string>>): JsonObject {
  const { labels } = metadataOf(object);
  const there = isObject(labels) ? labels : {};
  const all = { ...there, ...wanted };
  return equal(all, there) ? object : withMetadata(object, { labels: all });
}

function withData(object: JsonObject, more: JsonObject): JsonObject {
  return { ...object, data: { ...(isObject(object["data"]) ? object["data"] : {}), ...more } };
}
