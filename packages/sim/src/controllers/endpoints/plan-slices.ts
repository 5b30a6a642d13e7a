import { equal, get, isObject, textOf, type JsonArray, type JsonObject } from "@fairlead/apimachinery";
import { addressTypesOf, endpointOf, endpointPorts, isEndpoint, portsId, type AddressType } from "./endpoint.ts";
import { endpointsIn, packSlices, type EndpointGroup } from "./pack-slices.ts";
import { hintsFor, lacksHints, withHints } from "./traffic-hints.ts";

export interface SlicesObservation {
  readonly service: JsonObject;
  /** Selected by the Service, in its namespace. */
  readonly pods: readonly JsonObject[];
  readonly nodes: ReadonlyMap<string, JsonObject>;
  /** Slices of the Service that this controller wrote. */
  readonly slices: readonly JsonObject[];
}

export type SliceAction =
  | { readonly kind: "create"; readonly slice: JsonObject }
  | { readonly kind: "update"; readonly slice: JsonObject }
  | { readonly kind: "delete"; readonly slice: JsonObject };

export const manager = "endpointslice-controller.k8s.io";

/**
 * The EndpointSlices of a Service: one group for each address family and each set of resolved ports. What is to be
 * created takes the place of what is to be deleted.
 */
export function planSlices(observation: SlicesObservation): readonly SliceAction[] {
  const { service, slices } = observation;
  const types = addressTypesOf(service);
  const actions: SliceAction[] = [];
  for (const type of types) {
    actions.push(
      ...planFamily(
        observation,
        type,
        slices.filter((one) => one["addressType"] === type),
      ),
    );
  }
  for (const slice of slices) {
    if (!types.includes(slice["addressType"] as AddressType)) actions.push({ kind: "delete", slice });
  }
  return actions;
}

function planFamily(
  observation: SlicesObservation,
  type: AddressType,
  slices: readonly JsonObject[],
): readonly SliceAction[] {
  const { service } = observation;
  const owned = slices.filter((one) => isOwnedBy(one, service));
  const groups = groupsOf(observation, type, owned);
  const creates: JsonObject[] = [];
  const updates: JsonObject[] = [];
  const deletes = slices.filter((one) => !owned.includes(one));
  for (const group of groups.values()) {
    const packed = packSlices(group, labelsOf(service));
    creates.push(...packed.creates.map((endpoints) => newSlice(service, type, group.ports, endpoints)));
    updates.push(...packed.updates);
    deletes.push(...packed.deletes);
  }
  deletes.push(...owned.filter((one) => !groups.has(portsId(one["ports"]))));
  if (deletes.length === slices.length && creates.length === 0) {
    const placeholder = newSlice(service, type, [], []);
    // One that is there already stays.
    if (deletes.length === 1 && isPlaceholder(deletes[0]!, placeholder)) deletes.length = 0;
    else creates.push(placeholder);
  }
  const hintsOf = hintsFor(service);
  const touched = new Set([...updates, ...deletes].map(nameOf));
  for (const slice of slices) {
    if (!touched.has(nameOf(slice)) && endpointsIn(slice).some((one) => lacksHints(one, hintsOf))) updates.push(slice);
  }
  const hinted = (slice: JsonObject): JsonObject => ({
    ...slice,
    endpoints: endpointsIn(slice).map((one) => withHints(one, hintsOf)),
  });
  return recycled(service, creates.map(hinted), updates.map(hinted), deletes);
}

function groupsOf(
  { service, pods, nodes }: SlicesObservation,
  type: AddressType,
  slices: readonly JsonObject[],
): ReadonlyMap<string, EndpointGroup> {
  const groups = new Map<string, { ports: JsonArray; endpoints: JsonObject[]; slices: readonly JsonObject[] }>();
  for (const pod of [...pods].sort(byName)) {
    if (!isEndpoint(pod, true)) continue;
    const ports = endpointPorts(service, pod);
    const id = portsId(ports);
    const group = groups.get(id) ?? {
      ports,
      endpoints: [],
      slices: slices.filter((one) => portsId(one["ports"]) === id),
    };
    groups.set(id, group);
    const node = nodes.get(textOf(get(pod["spec"], "nodeName")));
    // A pod on a node that is gone counts no more, unless it is to be published whatever happens.
    if (node === undefined && get(service["spec"], "publishNotReadyAddresses") !== true) continue;
    const endpoint = endpointOf(pod, service, node, type);
    if (endpoint !== undefined) group.endpoints.push(endpoint);
  }
  return groups;
}

/** Slices that would be deleted become those that would be created. */
function recycled(
  service: JsonObject,
  creates: readonly JsonObject[],
  updates: readonly JsonObject[],
  deletes: readonly JsonObject[],
): readonly SliceAction[] {
  const fresh = [...creates];
  const all = [...updates];
  const gone: JsonObject[] = [];
  for (const slice of deletes) {
    const next = isOwnedBy(slice, service) ? fresh.pop() : undefined;
    if (next === undefined) gone.push(slice);
    else all.push({ ...next, metadata: { ...(slice["metadata"] as JsonObject), labels: labelsOf(service) } });
  }
  return [
    ...fresh.map((slice): SliceAction => ({ kind: "create", slice })),
    ...all.map((slice): SliceAction => ({ kind: "update", slice })),
    ...gone.map((slice): SliceAction => ({ kind: "delete", slice })),
  ];
}

function nameOf(slice: JsonObject): string {
  return textOf(get(slice["metadata"], "name"));
}

function byName(a: JsonObject, b: JsonObject): number {
  return nameOf(a) < nameOf(b) ? -1 : 1;
}

function isOwnedBy(slice: JsonObject, service: JsonObject): boolean {
  const owners = get(slice["metadata"], "ownerReferences");
  const uid = get(service["metadata"], "uid");
  return (Array.isArray(owners) ? owners : []).some(
    (one) => get(one, "uid") === uid && get(one, "kind") === "Service" && get(one, "apiVersion") === "v1",
  );
}

function isPlaceholder(slice: JsonObject, placeholder: JsonObject): boolean {
  return (
    endpointsIn(slice).length === 0 &&
    portsId(slice["ports"]) === portsId([]) &&
    equal(get(slice["metadata"], "labels") ?? {}, get(placeholder["metadata"], "labels")!)
  );
}

/** Those of the Service, and the reserved ones. */
function labelsOf(service: JsonObject): JsonObject {
  const labels = get(service["metadata"], "labels");
  const { "service.kubernetes.io/headless": _, ...own } = isObject(labels) ? labels : {};
  const address = textOf(get(service["spec"], "clusterIP"));
  return {
    ...own,
    "endpointslice.kubernetes.io/managed-by": manager,
    "kubernetes.io/service-name": textOf(get(service["metadata"], "name")),
    ...(address === "" || address === "None" ? { "service.kubernetes.io/headless": "" } : {}),
  };
}

function newSlice(
  service: JsonObject,
  addressType: AddressType,
  ports: JsonArray,
  endpoints: readonly JsonObject[],
): JsonObject {
  const { name, namespace, uid } = service["metadata"] as JsonObject;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      generateName: `${textOf(name)}-`,
      namespace: namespace!,
      labels: labelsOf(service),
      ownerReferences: [
        { apiVersion: "v1", kind: "Service", name: name!, uid: uid!, controller: true, blockOwnerDeletion: true },
      ],
    },
    addressType,
    ports,
    endpoints: [...endpoints],
  };
}
