import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { DocumentAnswer } from "../discovery/document-answer.ts";
import { createOpenApi } from "./openapi-answer.ts";

const definition = (replicas: JsonObject, scope = "Namespaced"): JsonObject => ({
  metadata: { name: "crontabs.stable.example.com" },
  spec: {
    group: "stable.example.com",
    scope,
    names: { plural: "crontabs", singular: "crontab", kind: "CronTab", listKind: "CronTabList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: ".spec.color" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["spec"],
            properties: {
              spec: { type: "object", properties: { replicas, port: { "x-kubernetes-int-or-string": true } } },
            },
          },
        },
      },
    ],
  },
  status: { conditions: [{ type: "Established", status: "True" }] },
});

const plain = createOpenApi([
  definition({ type: "integer", default: 1, nullable: true, minimum: 0, uniqueItems: false }),
]);

function ask(path: string, accept = "", ifNoneMatch = "", of = plain): Promise<DocumentAnswer | undefined> {
  const url = new URL(path, "http://server");
  return of.answer({ path: url.pathname, query: url.searchParams, accept, ifNoneMatch });
}

function bodyOf(answer: DocumentAnswer | undefined): Record<string, Record<string, JsonObject>> {
  return JSON.parse(Buffer.from(answer!.body).toString("utf8")) as Record<string, Record<string, JsonObject>>;
}

test("publishes a custom kind as it is declared, with what every object has", async () => {
  const { components, paths } = bodyOf(await ask("/openapi/v3/apis/stable.example.com/v1"));
  const schema = components!["schemas"]!["com.example.stable.v1.CronTab"] as Record<string, JsonObject>;
  assert.deepEqual(Object.keys(schema["properties"]!).sort(), ["apiVersion", "kind", "metadata", "spec"]);
  assert.deepEqual((schema["properties"]!["spec"] as Record<string, JsonObject>)["properties"], {
    replicas: { type: "integer", default: 1, minimum: 0, nullable: true },
    port: { anyOf: [{ type: "integer" }, { type: "string" }], "x-kubernetes-int-or-string": true },
  });
  assert.deepEqual(schema["x-kubernetes-selectable-fields"], [{ fieldPath: "spec.color" }]);
  const root = "/apis/stable.example.com/v1";
  assert.deepEqual(Object.keys(paths!), [
    `${root}/crontabs`,
    `${root}/namespaces/{namespace}/crontabs`,
    `${root}/namespaces/{namespace}/crontabs/{name}`,
    `${root}/namespaces/{namespace}/crontabs/{name}/status`,
  ]);
  const post = paths![`${root}/namespaces/{namespace}/crontabs`]!["post"] as JsonObject;
  assert.equal(post["operationId"], "createStableExampleComV1NamespacedCronTab");
  assert.doesNotMatch(JSON.stringify([components, paths]), /zkind|zgroup|v9alpha9|autoscaling\.v1\.Scale/i);
});

test("publishes less in version 2, which cannot say everything", async () => {
  const { definitions, paths } = bodyOf(await ask("/openapi/v2"));
  const schema = definitions!["com.example.stable.v1.CronTab"] as Record<string, Record<string, JsonObject>>;
  assert.deepEqual(schema["properties"]!["spec"]!["properties"], {
    replicas: { minimum: 0 },
    port: { "x-kubernetes-int-or-string": true },
  });
  assert.ok(paths!["/apis/stable.example.com/v1/crontabs"]);
  assert.ok(definitions!["io.k8s.api.apps.v1.Deployment"]);
});

test("names a document by another hash as soon as a definition changes", async () => {
  const other = createOpenApi([definition({ type: "string" })]);
  const urlOf = async (of: typeof plain): Promise<string> =>
    bodyOf(await ask("/openapi/v3", "", "", of))["paths"]!["apis/stable.example.com/v1"]![
      "serverRelativeURL"
    ] as string;
  assert.notEqual(await urlOf(plain), await urlOf(other));
  const answer = await ask(await urlOf(plain));
  assert.equal(answer?.headers["cache-control"], "public, immutable");
  assert.equal((await ask("/openapi/v3/apis/stable.example.com/v1", "", answer.headers["etag"]))?.status, 304);
});

test("gives those who insist on it Protobuf of version 2, of the built-in kinds", async () => {
  const answer = await ask("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
  assert.equal(answer?.headers["content-type"], "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  assert.equal(answer.body[0], 0x0a);
  assert.equal((await ask("/openapi/v2", "text/html"))?.status, 406);
  assert.equal((await ask("/openapi/v3/apis/nope/v1"))?.status, 404);
  assert.equal(await ask("/openapi/v4"), undefined);
});
