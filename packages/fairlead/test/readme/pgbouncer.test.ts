/** What the README promises of pgbouncer. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { assertAccepted, assertFinding, assertValid, at, compileYaml, objectOf } from "../support/compile.ts";

const block = readFileSync(path.join(import.meta.dirname, "blocks", "pgbouncer.yaml"), "utf8");
const secret = (
  metadata: string,
  keys = "host: aA==, port: NTQzMg==, username: dQ==, password: cA==, database: ZA==",
) => `---\napiVersion: v1\nkind: Secret\nmetadata: ${metadata}\ndata: {${keys}}\n`;

describe("pgbouncer", () => {
  it("config creates a ConfigMap", async () => {
    const compiled = await compileYaml(block);
    assertValid(compiled);
    // The README's name for it; the image knows DEFAULT_POOL_SIZE.
    assert.deepEqual(at(objectOf(compiled, "ConfigMap"), "data"), { DEFAULT_POOL_SIZE: "100" });
  });

  it("connectionSecret is of a type with known fields: one that lacks them is a finding", async () => {
    assertAccepted(await compileYaml(block + secret("{name: tokko-api-postgres-creds}")));
    const compiled = await compileYaml(block + secret("{name: tokko-api-postgres-creds}", "host: aA=="));
    assertFinding(compiled, { name: "tokko-api-pgbouncer", message: /user|password|database/i });
  });

  it("identifies the secret and maps it by metadata", async () => {
    const compiled = await compileYaml(
      block + secret("{name: db-secret, labels: {fairlead.dev/connection-secret: tokko-api-postgres-creds}}"),
    );
    assertAccepted(compiled);
    assert.match(JSON.stringify(objectOf(compiled, "Deployment")), /"db-secret"/);
  });

  it("says when an App's own connection details bypass the pool it names", async () => {
    const compiled = await compileYaml(`${block}${secret("{name: tokko-api-postgres-creds}")}---
apiVersion: fairlead.dev/v1alpha1
kind: App
metadata: {name: foobar-api}
spec:
  connectionPools: [tokko-api-pgbouncer]
  containers:
    - {name: foobar-api, image: "foobar:1", resources: unlimited, secrets: [tokko-api-postgres-creds]}
`);
    assertFinding(compiled, { name: "foobar-api", message: /tokko-api-postgres-creds/ });
  });
});
