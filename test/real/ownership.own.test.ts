/** Ownership on a plane of its own, where objects are stored. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import {
  applyConfiguration,
  canonicalJson,
  clone,
  fieldElement,
  formatDiffPath,
  formatOwnedPath,
  get,
  isObject,
  jsonMerge,
  managedFieldsOf,
  managersOf,
  needsApply,
  pathsOf,
  scaleManagers,
  schemaForKind,
  updateManagers,
  type FieldManager,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { mapBounded } from "../../scripts/real/bounded.ts";
import { collectCrds } from "../../scripts/real/crds.ts";
import { resourceOf } from "../../scripts/real/discovery.ts";
import { installCrds } from "../../scripts/real/install-crds.ts";
import { startPlane } from "../../scripts/real/plane.ts";
import { request } from "../../scripts/real/request.ts";
import { runs } from "../../scripts/runs.ts";
import { builtinFiles, isVendored, ownManifests } from "./manifests.ts";
import { mutations } from "./mutate.ts";
import { differences } from "./normalize.ts";
import { edited, sequences, singleEdit, type Step } from "./ownership-sequences.ts";
import { ownedCrd, subjects } from "./ownership-subjects.ts";
import { objectPath, publishedSchemas, readObject, serverApply, type ObjectAnswer } from "./server-apply.ts";

const manager = "fairlead/ownership";
const namespace = "ownership";
const plane = await startPlane();
after(() => plane.stop());
const { crds } = await collectCrds();
const resources = await installCrds(plane, [...crds, ownedCrd]);
const published = publishedSchemas(plane);
await request(plane, {
  method: "POST",
  path: "/api/v1/namespaces",
  body: JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }),
});

function inNamespace(object: JsonObject): JsonObject | undefined {
  const resource = resourceOf(resources, { apiVersion: object["apiVersion"], kind: object["kind"] });
  if (resource?.namespaced !== true || get(object["metadata"], "name") === undefined) return undefined;
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), namespace } };
}

/** What a client sees of two answers, but for when who wrote and how often. */
function comparable(object: JsonObject): JsonObject {
  const copy = clone(object);
  const meta = copy["metadata"];
  if (!isObject(meta)) return copy;
  for (const key of ["generation", "resourceVersion", "creationTimestamp", "uid"]) delete meta[key];
  for (const entry of Array.isArray(meta["managedFields"]) ? meta["managedFields"] : []) {
    if (isObject(entry)) delete entry["time"];
  }
  return copy;
}

function withoutOwners(object: JsonObject): JsonObject {
  const copy = comparable(object);
  if (isObject(copy["metadata"])) delete copy["metadata"]["managedFields"];
  return copy;
}

/** Where the server's encoder, or its strategy for a kind, adds or drops what is not merged. */
const strategies: readonly { readonly why: string; readonly path: RegExp }[] = [
  { why: "counts the changes of a DaemonSet's template", path: /^metadata\.annotations\.deprecated\.daemonset/ },
  { why: "writes a required text even when it is empty", path: /: missing \/ ""$/ },
  { why: "allocates the address families of a Service", path: /^spec\.ipFamil/ },
  { why: "drops what a Service's type no longer needs", path: /^spec\.(externalTrafficPolicy|healthCheckNodePort)/ },
  {
    why: "drops what a Service's type no longer needs",
    path: /^spec\.(allocateLoadBalancerNodePorts|ports.*nodePort)/,
  },
];

/** An older release resets less of a custom resource that is written through its status. */
function isOlder(difference: string): boolean {
  return !isVendored(plane) && difference.includes("before-first-apply Update status .metadata");
}

/** How the merged objects differ, but for what the strategies of single kinds do. */
function otherwise(ours: JsonObject, server: JsonObject): string[] {
  return differences(withoutOwners(ours), withoutOwners(server)).filter(
    (one) => !strategies.some(({ path }) => path.test(one)),
  );
}

/** Why an apply that changes nothing may be taken for one that does: needless, and harmless. */
const needless: readonly { readonly why: string; readonly holds: (desired: JsonObject) => boolean }[] = [
  { why: "a null in a list stands for the zero value", holds: (desired) => hasNullItem(desired) },
];

function hasNullItem(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some((item) => item === null || hasNullItem(item));
  return isObject(value) && Object.values(value).some(hasNullItem);
}

async function store(object: JsonObject, path: string): Promise<JsonObject | undefined> {
  const answer = await serverApply(plane, path, object, { manager, force: true });
  return answer.status < 300 ? answer.object : undefined;
}

for (const file of [...builtinFiles(plane), "custom.yaml"]) {
  test(`a changed object of ${file} needs an apply exactly if the server would change it`, async (t) => {
    let [same, different, refused] = [0, 0, 0];
    const found: string[] = [];
    for (const { name, object } of ownManifests(file)) {
      const base = inNamespace(object);
      const path = base === undefined ? undefined : objectPath(resources, base);
      const stored = base && path ? await store(base, path) : undefined;
      if (base === undefined || path === undefined || stored === undefined) continue;
      const own = await published(base);
      const options = { manager, ...(file === "custom.yaml" || !isVendored(plane) ? own : {}) };
      const all = [...mutations(base)].filter(({ what }) => !/^metadata\.(name|namespace)/.test(what));
      const sensible = singleEdit.map((edit) => ({ object: edited(base, [edit]), what: JSON.stringify(edit) }));
      const sample = fc.sample(fc.oneof(fc.constantFrom(...all), sensible), runs(50));
      await mapBounded(sample, 12, async ({ object: desired, what }) => {
        const answer = await serverApply(plane, path, desired, { manager, force: true, dryRun: true });
        if (answer.status >= 300) return void refused++;
        const changed = canonicalJson(comparable(answer.object)) !== canonicalJson(comparable(stored));
        const need = needsApply(desired, stored, options);
        if (changed) different++;
        else same++;
        if (need.kind === "same" && changed)
          found.push(
            `${name}: ${what}: missed ${differences(comparable(stored), comparable(answer.object)).join("; ")}`,
          );
        if (need.kind === "different" && !changed && !needless.some(({ holds }) => holds(desired))) {
          const changes = need.changes.map((one) => `${one.kind} ${formatDiffPath(one.path)}`);
          found.push(`${name}: ${what}: needless ${changes.join("; ")}`);
        }
        const ours = applyConfiguration({ ...options, live: stored, applied: desired, force: true });
        const wrong = otherwise(ours.object, answer.object);
        if (wrong.length > 0 && !hasNullItem(desired)) found.push(`${name}: ${what}: became ${wrong.join("; ")}`);
      });
    }
    assert.ok(different + same + refused > 0);
    t.diagnostic(`${different} change the object, ${same} do not, ${refused} are refused`);
    assert.equal(found.length, 0, `${found.length} differences:\n${[...new Set(found)].slice(0, 60).join("\n")}`);
  });
}

interface Situation {
  readonly path: string;
  readonly name: string;
  readonly schema: Schemas;
  live: JsonObject | undefined;
}
type Schemas = Awaited<ReturnType<typeof published>>;

function named(object: JsonObject, { name }: Situation): JsonObject {
  return { ...object, metadata: { ...(object["metadata"] as JsonObject), name, namespace } };
}

async function send(method: "GET" | "PUT" | "POST" | "PATCH", path: string, body?: JsonObject): Promise<ObjectAnswer> {
  return readObject(
    await request(plane, {
      method,
      path,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
    }),
  );
}

/** Our managers with the server's times, in the order that the two give; and where only one has a time, that. */
function ownersOf(managers: readonly FieldManager[], answer: JsonObject): JsonValue {
  const entries = get(answer["metadata"], "managedFields");
  const list = Array.isArray(entries) ? entries : [];
  const timed = managers.map((one) => {
    const same = list.find(
      (entry) =>
        get(entry, "manager") === one.manager &&
        get(entry, "operation") === one.operation &&
        (get(entry, "subresource") ?? "") === one.subresource,
    );
    const time = get(same, "time");
    return { ...one, time: typeof time === "string" && one.time !== undefined ? time : one.time };
  });
  return managedFieldsOf(timed);
}

const time = "2000-01-01T00:00:00Z";

/** One step on the server and on ours; resolves to how they differ. */
async function take(step: Step, at: Situation): Promise<string[]> {
  const { live, path } = at;
  const options = { manager: step.manager, time, ...at.schema, ...(live === undefined ? {} : { live }) };
  if (step.kind === "apply" || step.kind === "apply-status") {
    const subresource = step.kind === "apply" ? undefined : "status";
    const applied = named(step.object, at);
    const force = step.kind === "apply-status" || step.force;
    const target = subresource === undefined ? path : `${path}/${subresource}`;
    const answer = await serverApply(plane, target, applied, { manager: step.manager, force });
    if (answer.status >= 300 && answer.status !== 409) return [];
    const ours = applyConfiguration({
      ...options,
      applied,
      force,
      ...(subresource === undefined ? {} : { subresource }),
    });
    if (answer.status === 409) {
      const causes = get(answer.object["details"], "causes");
      const server = (Array.isArray(causes) ? causes : []).map((cause) => String(get(cause, "field"))).sort();
      const found = ours.conflicts
        .flatMap(({ fields }) => [...pathsOf(fields)].map((one) => formatOwnedPath(one)))
        .sort();
      return canonicalJson(server) === canonicalJson(found) ? [] : [`conflicts: ${server.join()} / ${found.join()}`];
    }
    at.live = answer.object;
    const wasCreated = live === undefined;
    return [
      ...(ours.conflicts.length > 0 ? ["the server sees no conflict"] : []),
      ...owned(ours.managers, answer.object),
      ...(wasCreated ? [] : otherwise(ours.object, answer.object)),
    ];
  }
  if (step.kind === "create") {
    if (live !== undefined) return [];
    const body = named(step.annotated ? annotated(step.object) : step.object, at);
    const collection = path.slice(0, path.lastIndexOf("/"));
    const answer = await send("POST", `${collection}?fieldManager=${step.manager}`, body);
    if (answer.status >= 300) return [];
    at.live = answer.object;
    return owned(updateManagers({ ...options, updated: body }), answer.object);
  }
  if (live === undefined) return [];
  if (step.kind === "scale") return scale(step.replicas, step.manager, at, live);
  const isStatus = step.kind === "update-status";
  const updated = updatedBy(step, live);
  const query = `fieldManager=${step.manager}`;
  const answer =
    step.kind === "patch"
      ? await send("PATCH", `${path}?${query}`, step.object)
      : await send("PUT", `${path}${isStatus ? "/status" : ""}?${query}`, updated);
  if (answer.status >= 300) return [];
  at.live = answer.object;
  return owned(updateManagers({ ...options, updated, ...(isStatus ? { subresource: "status" } : {}) }), answer.object);
}

function annotated(object: JsonObject): JsonObject {
  const metadata = object["metadata"] as JsonObject;
  const own = isObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const text = JSON.stringify(object);
  const annotations = { ...own, "kubectl.kubernetes.io/last-applied-configuration": text };
  return { ...object, metadata: { ...metadata, annotations } };
}

const replicasPath = [fieldElement("spec"), fieldElement("replicas")];

async function scale(replicas: number, by: string, at: Situation, live: JsonObject): Promise<string[]> {
  const body = {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { name: at.name, namespace },
    spec: { replicas },
  };
  const answer = await send("PUT", `${at.path}/scale?fieldManager=${by}`, body);
  if (answer.status >= 300) return [];
  at.live = (await send("GET", at.path)).object;
  const before = Number(get(live["spec"], "replicas") ?? 0);
  return owned(scaleManagers({ live, replicasPath, before, replicas, manager: by }), at.live);
}

function updatedBy(step: Step, live: JsonObject): JsonObject {
  switch (step.kind) {
    case "update":
      return edited(live, step.edits);
    case "patch":
      return jsonMerge(live, step.object) as JsonObject;
    case "reset":
      return { ...live, metadata: { ...(live["metadata"] as JsonObject), managedFields: step.managedFields } };
    case "update-status":
      return { ...live, status: step.object["status"]! };
    default:
      return live;
  }
}

/** Empty if the two are the same to the byte. */
function owned(managers: readonly FieldManager[], answer: JsonObject): string[] {
  const ours = ownersOf(managers, answer);
  const server = get(answer["metadata"], "managedFields") ?? [];
  // The server keeps a custom resource as a map, with all keys in order.
  const isCustom = schemaForKind(String(answer["apiVersion"]), String(answer["kind"])) === undefined;
  const print = isCustom ? canonicalJson : JSON.stringify;
  if (print(ours) === print(server)) return [];
  const read = managersOf(answer);
  const who = (one: FieldManager): string => `${one.manager} ${one.operation} ${one.subresource}`;
  const paths = (list: readonly FieldManager[]): Set<string> =>
    new Set(list.flatMap((one) => [...pathsOf(one.fields)].map((path) => `${who(one)} ${formatOwnedPath(path)}`)));
  const [a, b] = [paths(read), paths(managers)];
  const only = [...a.difference(b)].map((path) => `owned on the server only: ${path}`);
  const more = [...b.difference(a)].map((path) => `owned here only: ${path}`);
  const found = [...only, ...more];
  return found.length > 0 ? found : [`written otherwise: ${JSON.stringify(server)} / ${JSON.stringify(ours)}`];
}

for (const subject of subjects) {
  test(`several managers of one ${subject.name} own what they own on the server`, async (t) => {
    const found: string[] = [];
    let steps = 0;
    const schema = subject.name === "Owned" ? await published(subject.base) : undefined;
    const all = fc.sample(sequences(subject), runs(100));
    await mapBounded([...all.entries()], 8, async ([index, sequence]) => {
      const name = `${subject.name.toLowerCase()}-${index}`;
      const path = objectPath(resources, { ...subject.base, metadata: { name, namespace } })!;
      const at: Situation = {
        path,
        name,
        schema,
        live: undefined,
      };
      const log: string[] = [];
      for (const step of sequence) {
        const before = at.live;
        const wrong = (await take(step, at)).filter((one) => !isOlder(one));
        if (at.live !== before) steps++;
        log.push(JSON.stringify(step));
        if (wrong.length > 0) {
          found.push(
            `${wrong.join("\n    ")}\n  ${name}, after\n    ${log.join("\n    ")}\n  stood ${JSON.stringify(before)}`,
          );
          break;
        }
      }
    });
    t.diagnostic(`${steps} writes`);
    assert.equal(found.length, 0, `${found.length} differences:\n${found.slice(0, 5).join("\n")}`);
    assert.ok(steps > all.length, `only ${steps} writes`);
  });
}
