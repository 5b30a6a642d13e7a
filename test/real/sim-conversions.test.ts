import assert from "node:assert/strict";
import { before } from "node:test";
import { isObject, parseJson, type JsonObject } from "@fairlead/apimachinery";
import { builtinConversions } from "../../packages/sim/src/conversions/conversions.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { request } from "../../scripts/real/request.ts";
import { tableObjects } from "./sim-table-objects.ts";
import { isVendored } from "./manifests.ts";
import { vendoredTest } from "./vendored-test.ts";

// The embedded cluster turns objects into other versions as the real server does.

const { plane } = readAccess();
const check = vendoredTest(plane);
const namespace = `sim-conversions-${process.pid}`;

async function send(method: "GET" | "POST" | "PATCH", path: string, body?: JsonObject): Promise<JsonObject> {
  const { status, text } = await request(plane, {
    method,
    path,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
  });
  assert.ok(status < 300, text);
  return parseJson(text) as JsonObject;
}

const paths = { HorizontalPodAutoscaler: "horizontalpodautoscalers", Event: "events" } as const;
type Kind = keyof typeof paths;

function collection(apiVersion: string, kind: Kind): string {
  return `/${apiVersion === "v1" ? "api" : "apis"}/${apiVersion}/namespaces/${namespace}/${paths[kind]}`;
}

const behavior: JsonObject = {
  scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: "Percent", value: 10, periodSeconds: 30 }] },
  scaleUp: { selectPolicy: "Disabled" },
};

before(async () => {
  if (!isVendored(plane)) return;
  await send("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const { object, status } of tableObjects(namespace)) {
    const kind = object["kind"] as Kind;
    if (!Object.hasOwn(paths, kind)) continue;
    const spec = object["spec"];
    const body =
      isObject(spec) && kind === "HorizontalPodAutoscaler" ? { ...object, spec: { ...spec, behavior } } : object;
    const created = await send("POST", collection(String(object["apiVersion"]), kind), body);
    const { name } = created["metadata"] as { name: string };
    if (status !== undefined)
      await send("PATCH", `${collection(String(object["apiVersion"]), kind)}/${name}/status`, { status });
  }
});

/** Each object of the collection in both versions. */
async function inBoth(kind: Kind, one: string, other: string): Promise<readonly (readonly [JsonObject, JsonObject])[]> {
  const read = async (apiVersion: string): Promise<readonly JsonObject[]> =>
    ((await send("GET", collection(apiVersion, kind)))["items"] as JsonObject[]).map((item) => ({
      kind,
      apiVersion,
      ...item,
    }));
  const [left, right] = [await read(one), await read(other)];
  assert.equal(left.length, right.length);
  return left.map((object, index) => [object, right[index]!]);
}

/** Annotations hold JSON of Go, whose order of fields is compared too. */
async function assertConverts(kind: Kind, from: string, to: string): Promise<void> {
  const convert = builtinConversions.get(`${from} ${kind} ${to}`)!;
  const pairs = await inBoth(kind, from, to);
  assert.ok(pairs.length > 3);
  for (const [object, converted] of pairs) assert.deepEqual(withoutZeros(convert(object)), converted);
}

/** What is reported of an average comes back from the older version with a value of 0: there it cannot be left out. */
function withoutZeros(object: JsonObject): unknown {
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (key !== "current" || !isObject(value) || value["value"] !== "0") return value;
    const { value: _zero, ...rest } = value;
    return rest;
  });
}

check("turns autoscalers of the newer version into the older one", async () => {
  await assertConverts("HorizontalPodAutoscaler", "autoscaling/v2", "autoscaling/v1");
});

check("turns autoscalers of the older version into the newer one", async () => {
  await assertConverts("HorizontalPodAutoscaler", "autoscaling/v1", "autoscaling/v2");
});

check("turns events of either group into those of the other", async () => {
  await assertConverts("Event", "v1", "events.k8s.io/v1");
  await assertConverts("Event", "events.k8s.io/v1", "v1");
});
