import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { read } from "./support/repository.ts";

const objectsOf = (file: string): readonly JsonValue[] => parseStream(read(file)).documents.map(({ value }) => value);

test("deploy/mesh runs the controller under the account that has its rights, in that namespace", () => {
  const [deployment] = objectsOf("deploy/mesh/mesh.yaml");
  const account = objectsOf("deploy/mesh/rbac.yaml").find((one) => get(one, "kind") === "ServiceAccount");
  const pod = get(get(get(deployment, "spec"), "template"), "spec");
  assert.equal(get(pod, "serviceAccountName"), get(get(account, "metadata"), "name"));
  assert.equal(get(get(deployment, "metadata"), "namespace"), get(get(account, "metadata"), "namespace"));
});
