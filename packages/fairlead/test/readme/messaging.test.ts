/** What the README promises of Pub/Sub by Config Connector. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { assertFinding, assertValid, at, compileYaml, objectsOf } from "../support/compile.ts";

const block = (name: string) => readFileSync(path.join(import.meta.dirname, "blocks", name), "utf8");

describe("pubsub (config-connector)", () => {
  it("each topic of the list is a PubSubTopic with the prefix", async () => {
    const compiled = await compileYaml(block("topics.yaml"));
    assertValid(compiled);
    const topics = objectsOf(compiled).filter(({ kind }) => kind === "PubSubTopic");
    assert.ok(topics.every(({ apiVersion }) => apiVersion === "pubsub.cnrm.cloud.google.com/v1beta1"));
    const ids = topics.map((topic) => at(topic, "spec", "resourceID"));
    for (const id of ["dev-topicA", "dev-topicB"]) assert.ok(ids.includes(id), `${id} in ${ids.join()}`);
  });

  it("each subscription takes the six shared values", async () => {
    const compiled = await compileYaml(block("subscriptions.yaml"));
    assertValid(compiled);
    const named = objectsOf(compiled).filter(
      (object) =>
        object.kind === "PubSubSubscription" && /^dev-sub[AB]$/.test(String(at(object, "spec", "resourceID"))),
    );
    assert.equal(named.length, 2);
    for (const object of named) {
      assert.equal(at(object, "spec", "ackDeadlineSeconds"), 10);
      assert.equal(at(object, "spec", "messageRetentionDuration"), "604800s");
      assert.deepEqual(at(object, "spec", "expirationPolicy"), { ttl: "2678400s" });
      assert.deepEqual(at(object, "spec", "retryPolicy"), { minimumBackoff: "300s", maximumBackoff: "600s" });
      assert.equal(at(object, "spec", "deadLetterPolicy", "maxDeliveryAttempts"), 5);
    }
  });

  it("a misspelt value is a finding", async () => {
    const text = block("subscriptions.yaml").replace("ackDeadlineSeconds", "ackDeadlineSecond");
    assertFinding(await compileYaml(text), {
      severity: "error",
      code: "FL152",
      line: 6,
      column: 5,
      hint: /ackDeadlineSeconds/,
    });
  });
});
