import { isObject, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Core } from "../../src/cluster/core.ts";
import type { Resource } from "../../src/resources/resource.ts";
import type { Chance } from "./chance.ts";
import { damaged, hostileKeys, hostileValue, mutated } from "./hostile.ts";
import { names, plausibleObject } from "./objects.ts";

export interface RandomRequest {
  readonly method: string;
  /** With its query, as it would stand in the request's first line. */
  readonly target: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Buffer;
}

const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;

const queries: readonly (readonly [string, readonly string[]])[] = [
  ["limit", ["0", "1", "2", "-1", "x", "99999999999999999999"]],
  ["continue", ["x", "", "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0", "e30", "bnVsbA", "\u0000"]],
  [
    "fieldSelector",
    ["metadata.name=a", "metadata.name=", "spec.x=1", "a", "=,=", "metadata.name=\\", "status.phase!=Running"],
  ],
  ["labelSelector", ["app=a", "app in (a,b)", "app notin (", "!app", "a,,b", "x".repeat(2_000), "app>1", "((((("]],
  ["resourceVersion", ["0", "1", "", "x", "-1", "99999999999999999999", "1.5", "3"]],
  ["resourceVersionMatch", ["Exact", "NotOlderThan", "Other"]],
  ["dryRun", ["All", "None", "x"]],
  ["fieldManager", ["fuzz", "other", "", "x".repeat(200), "\u0007"]],
  ["fieldValidation", ["Strict", "Warn", "Ignore", "x"]],
  ["force", ["true", "false", "x", ""]],
  ["watch", ["true", "1", "false", "x"]],
  ["sendInitialEvents", ["true", "false"]],
  ["allowWatchBookmarks", ["true"]],
  ["timeoutSeconds", ["1", "-1", "x", "1e9"]],
  ["propagationPolicy", ["Foreground", "Background", "Orphan", "x"]],
  ["gracePeriodSeconds", ["0", "-1", "x", "1e400"]],
  ["pretty", ["true"]],
  ["__proto__", ["1"]],
];

const accepts = [
  "application/json",
  "application/json;as=Table;g=meta.k8s.io;v=v1,application/json",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "*/*",
  "",
  ";;;,,q=",
  "text/html",
];

const oddPaths = [
  "/",
  "//",
  "/api/v1/../../etc/passwd",
  "/api/v1/namespaces/%00/configmaps",
  "/api/v1/namespaces/default/configmaps/%2e%2e",
  "/api/v1/namespaces/default/configmaps/%ff%fe",
  "/api/v1/namespaces/default/configmaps/%",
  "/api/v1/namespaces/default/configmaps/__proto__",
  "/apis/__proto__/v1/constructor",
  "/apis/constructor/toString/valueOf/hasOwnProperty",
  `/api/v1/namespaces/default/configmaps/${"x".repeat(10_000)}`,
  `/api/v1${"/a".repeat(3_000)}`,
  "/openapi/v2",
  "/openapi/v3/apis/apps/v1",
  "/openapi/v3/__proto__",
  "/apis",
  "/api/v1",
  "/version",
  "/metrics",
  "/readyz/x",
  "/api/v1/watch/namespaces/default/pods",
  "/api/v1/namespaces/default/pods/a/log?tailLines=-1",
  "/api/v1/namespaces/default/services/a:80/proxy/x",
];

/** One request of a client that may be mistaken, broken or malicious. */
export function randomRequest(core: Core, chance: Chance): RandomRequest {
  const resources = core.table.all();
  const custom = resources.filter(({ definition }) => definition !== undefined);
  const resource = custom.length > 0 && chance.oneIn(6) ? chance.pick(custom) : favourite(resources, chance);
  const kind = core.server.kinds.of(resource);
  const name = chance.oneIn(12) ? encodeURIComponent(wellFormed(chance.pick(hostileKeys))) : chance.pick(names);
  const subresource = chance.oneIn(6) ? `/${chance.pick(subresourcesOf(resource))}` : "";
  const collection = pathOf(resource, chance);
  const action = chance.below(12);
  const object = plausibleObject(resource, kind, name, chance);
  const sent = chance.oneIn(2) ? object : mutated(object, chance, 40);
  const query = queryText(chance);
  const headers = headersOf(chance);
  if (chance.oneIn(14)) return { method: methodOf(chance), target: chance.pick(oddPaths), headers, body: Buffer.of() };
  if (action < 4) return { method: "POST", target: `${collection}${query}`, ...written(sent, headers, chance) };
  const target = `${collection}/${name}${subresource}${query}`;
  if (action === 4) return { method: "PUT", target, ...written(sent, headers, chance) };
  if (action < 9) return { method: "PATCH", target, ...patchOf(object, headers, chance) };
  if (action === 9) {
    const options = { kind: "DeleteOptions", apiVersion: "v1", ...(mutated(deleteOptions, chance) as JsonObject) };
    const where = chance.oneIn(8) ? `${collection}${query}` : target;
    return {
      method: "DELETE",
      target: where,
      ...(chance.oneIn(2) ? written(options, headers, chance) : { headers, body: Buffer.of() }),
    };
  }
  return {
    method: methodOf(chance),
    target: chance.oneIn(2) ? target : `${collection}${query}`,
    headers,
    body: Buffer.of(),
  };
}

const deleteOptions = {
  propagationPolicy: "Foreground",
  gracePeriodSeconds: 0,
  preconditions: { resourceVersion: "1" },
};

function favourite(resources: readonly Resource[], chance: Chance): Resource {
  const usual = ["configmaps", "deployments", "pods", "services", "customresourcedefinitions"];
  if (chance.oneIn(2)) return chance.pick(resources);
  const plural = chance.pick(usual);
  return resources.find((one) => one.plural === plural) ?? chance.pick(resources);
}

function subresourcesOf({ subresources }: Resource): readonly string[] {
  return [...subresources.keys(), "status", "scale", "__proto__", "constructor"];
}

const methodOf = (chance: Chance): string =>
  chance.pick(["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"]);

/** Lone surrogates cannot be part of a path. */
const wellFormed = (text: string): string => text.toWellFormed();

function pathOf(resource: Resource, chance: Chance): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const isIn = resource.namespaced !== chance.oneIn(30);
  return `${root}${isIn ? `/namespaces/${chance.oneIn(15) ? "nowhere" : "default"}` : ""}/${resource.plural}`;
}

function queryText(chance: Chance): string {
  const query = new URLSearchParams();
  for (let count = chance.oneIn(2) ? 0 : chance.below(3); count > 0; count--) {
    const [key, values] = chance.pick(queries);
    query.append(key, chance.pick(values));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

function headersOf(chance: Chance): { [name: string]: string } {
  return {
    ...(chance.oneIn(12) ? { accept: chance.pick(accepts) } : {}),
    ...(chance.oneIn(4) ? { "user-agent": chance.pick(["kubectl/v1", "", "a".repeat(500), "é/1", "__proto__"]) } : {}),
    ...(chance.oneIn(40) ? { "impersonate-user": chance.pick(["a", "", "system:serviceaccount:::"]) } : {}),
    ...(chance.oneIn(60) ? { "impersonate-extra-__proto__": "a" } : {}),
  };
}

type Written = Pick<RandomRequest, "headers" | "body">;

/** As JSON, YAML or what claims to be Protobuf; whole or damaged. */
function written(value: JsonValue, headers: { [name: string]: string }, chance: Chance): Written {
  const type = chance.pick([
    ...Array<string>(8).fill("application/json"),
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "",
    "text/plain",
  ]);
  const text = JSON.stringify(chance.oneIn(40) ? hostileValue(chance, 5) : value);
  const body = type.endsWith("protobuf")
    ? protobufOf(isObject(value) ? value : {}, chance)
    : textBody(type, text, chance);
  return { headers: { ...headers, ...(type === "" ? {} : { "content-type": type }) }, body };
}

function textBody(type: string, text: string, chance: Chance): Buffer {
  if (type === "application/yaml" && chance.oneIn(4)) {
    return Buffer.from(
      chance.pick([
        "a: &a [*a]",
        "a: &a [1]\nb: [*a, *a]\n",
        "- ".repeat(3_000),
        "? {",
        "[".repeat(20_000),
        "<<: {a: 1}",
        yamlBomb,
      ]),
    );
  }
  if (chance.oneIn(40)) return Buffer.from(text.replace(/"(?=[,}])|(?<=\d)(?=[,}])/, `$&,"a":${deep(chance)}`));
  return chance.oneIn(15) ? damaged(text, chance) : Buffer.from(text);
}

/** Deeper than any stack: what is never closed, and what is. */
function deep(chance: Chance): string {
  const depth = chance.pick([9_999, 100_000]);
  const [open, close] = chance.pick([
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  return `${open.repeat(depth)}1${chance.oneIn(2) ? "" : close.repeat(depth)}`;
}

/** Aliases of aliases: a few lines that stand for 10^9 values. */
const yamlBomb = Array.from({ length: 10 }, (_, level) =>
  level === 0
    ? "a0: &a0 [x]"
    : `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
).join("\n");

/** An envelope around the kind, with a message of random fields, or plain noise. */
function protobufOf({ apiVersion, kind }: JsonObject, chance: Chance): Buffer {
  const noise = Buffer.from(Array.from({ length: chance.below(200) }, () => chance.below(256)));
  const part = (field: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from([(field << 3) | 2]), lengthOf(bytes.length), bytes]);
  const type = Buffer.concat([part(1, Buffer.from(textOf(apiVersion))), part(2, Buffer.from(textOf(kind)))]);
  const metadata = part(1, Buffer.concat([part(1, Buffer.from("a")), part(3, Buffer.from("default"))]));
  const raw = chance.oneIn(2) ? metadata : Buffer.concat([metadata, noise]);
  const whole = Buffer.concat([Buffer.from([0x6b, 0x38, 0x73, 0]), part(1, type), part(2, raw)]);
  return chance.oneIn(4) ? damaged(whole.toString("latin1"), chance) : whole;
}

function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  for (let left = length; ; left >>>= 7) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left & 127) | 128);
  }
}

function patchOf(object: JsonObject, headers: { [name: string]: string }, chance: Chance): Written {
  const type = chance.pick(patchTypes);
  const patch = type === patchTypes[0] ? jsonPatch(object, chance) : partOf(object, chance);
  const text = JSON.stringify(chance.oneIn(15) ? hostileValue(chance, 5) : patch);
  const body = textBody(type === patchTypes[3] ? "application/yaml" : type, text, chance);
  return { headers: { ...headers, "content-type": type }, body };
}

/** What a patch may say of an object: a part of it, changed, with directives of strategic patches at times. */
function partOf(object: JsonObject, chance: Chance): JsonValue {
  const patch = mutated(object, chance, 30);
  if (!chance.oneIn(4) || typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const directive = chance.pick([
    "$patch",
    "$retainKeys",
    "$setElementOrder/spec",
    "$deleteFromPrimitiveList/metadata",
  ]);
  setOwn(patch, directive, chance.pick<JsonValue>(["delete", "replace", ["a"], 1, null, [{ a: 1 }]]));
  return patch;
}

const pointers = [
  "",
  "/",
  "/metadata/labels/app",
  "/metadata/labels/a~1b",
  "/spec",
  "/spec/template/spec/containers/0",
  "/spec/template/spec/containers/-",
  "/spec/ports/99999999999",
  "/__proto__/x",
  "/constructor/prototype/x",
  "/metadata/finalizers/-1",
  "/data/01",
  "/~2",
  "metadata",
  "/metadata/resourceVersion",
  "/metadata/name",
  "/apiVersion",
  "/kind",
];

function jsonPatch(object: JsonObject, chance: Chance): JsonValue {
  const operation = (): JsonValue => ({
    op: chance.pick(["add", "remove", "replace", "move", "copy", "test", "x", "__proto__"]),
    path: chance.pick(pointers),
    ...(chance.oneIn(2) ? { from: chance.pick(pointers) } : {}),
    ...(chance.oneIn(3) ? {} : { value: chance.oneIn(4) ? object : hostileValue(chance) }),
  });
  if (chance.oneIn(20)) return doubling;
  return Array.from({ length: chance.below(5) }, operation);
}

/** Copies the labels into themselves again and again: each step doubles them. */
const doubling: JsonValue = Array.from({ length: 40 }, (_, step) => ({
  op: "copy",
  from: "/metadata/labels",
  path: `/metadata/labels/x${step}`,
}));
