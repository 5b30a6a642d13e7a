/** What users of krm-functions tripped on in pgbouncer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertAccepted, assertFinding, assertValid, at, compileYaml, kindsOf, objectOf } from "../support/compile.ts";

const pool = `apiVersion: LummoKRM/v1
kind: pgbouncer
metadata: {name: shop-db}
spec:
  app: shop-api
  part-of: shop
  connectionSecret: shop-postgres-creds
  config: {PGBOUNCER_DEFAULT_POOL_SIZE: "200", PGBOUNCER_POOL_MODE: transaction}
`;
const keys = ["PASSWORD", "HOST", "PORT", "USERNAME", "DATABASE"];
const externalSecret = (name: string, target: string, wanted: readonly string[]) => `---
apiVersion: external-secrets.io/v1beta1
kind: ExternalSecret
metadata: {name: ${name}}
spec:
  secretStoreRef: {name: vault}
${target}
  data:
${wanted.map((key) => `  - {secretKey: POSTGRESQL_${key}, remoteRef: {key: infra/postgres, property: ${key}}}`).join("\n")}
`;
const target = "  target: {name: shop-postgres-creds}";

describe("valid input that was refused", () => {
  it("renders alone, without the ExternalSecret in the input", async () => {
    const compiled = await compileYaml(pool);
    assertValid(compiled);
    assert.ok(kindsOf(compiled).includes("Deployment"));
  });

  it("renders with the ExternalSecret", async () => {
    const compiled = await compileYaml(pool + externalSecret("creds", target, keys));
    assertValid(compiled);
    assert.equal(compiled.passed.length, 1);
  });

  it("takes the README's nested spec and the number in config", async () => {
    const compiled = await compileYaml(
      "kind: pgbouncer\nmetadata: {name: p}\nspec:\n  app: a\n  part-of: b\n  spec: {connectionSecret: c, config: {POOL_SIZE: 100}}\n",
    );
    assertValid(compiled);
    assert.equal(at(objectOf(compiled, "ConfigMap"), "data", "DEFAULT_POOL_SIZE"), "100");
  });

  it("does not mind an ExternalSecret of somebody else without a target, and keeps all input", async () => {
    const compiled = await compileYaml(
      pool + externalSecret("creds", target, keys) + externalSecret("other", "  refreshInterval: 1h", ["X"]),
    );
    assertAccepted(compiled);
    assert.deepEqual(compiled.passed.map(({ metadata }) => metadata.name).sort(), ["creds", "other"]);
  });
});

describe("what it refused rightly, now with its place", () => {
  it("names the keys that the connection secret lacks, and keeps the input", async () => {
    const compiled = await compileYaml(pool + externalSecret("creds", target, ["HOST"]));
    assertFinding(compiled, { name: "shop-db", line: 7, message: /user|password|database/i });
    assert.equal(compiled.passed.length, 1);
  });

  it("wants a connectionSecret", async () => {
    const compiled = await compileYaml("kind: pgbouncer\nmetadata: {name: p}\nspec:\n  part-of: b\n");
    assertFinding(compiled, { severity: "error", code: "FL156", line: 4, name: "p" });
  });
});
