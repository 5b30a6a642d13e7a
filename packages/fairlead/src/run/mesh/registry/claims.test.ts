import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { accessOfClaim } from "./access-of-claim.ts";
import { claimsOf } from "./claims.ts";
import { defaultRegistry } from "../../../plan/mesh/config/registry-settings.ts";

interface Kubeconfig {
  readonly server?: string;
  readonly cluster?: object;
  readonly user?: object;
}

function kubeconfig({
  server = "https://one.example:6443",
  cluster = {},
  user = { token: "s3cret" },
}: Kubeconfig = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "x",
    contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
    clusters: [{ name: "x", cluster: { server, ...cluster } }],
    users: [{ name: "x", user }],
  });
}

function secret(name: string, data: { readonly [cluster: string]: string }, metadata: object = {}): KrmObject {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "fairlead-mesh", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    data: Object.fromEntries(encoded),
  };
}

const clock = virtualClock();
const only = (object: KrmObject) => [...claimsOf([object], defaultRegistry).claims.values()][0]!;
const access = (text: string, allowExec = false) =>
  accessOfClaim(only(secret("s", { one: text })), { allowExec, clock });

describe("the registry of clusters", () => {
  test("every data key of a Secret is a cluster", () => {
    const { claims, findings } = claimsOf([secret("s", { one: kubeconfig(), two: kubeconfig() })], defaultRegistry);
    assert.deepEqual([...claims.keys()], ["one", "two"]);
    assert.deepEqual(findings, []);
  });

  test("a name belongs to the older Secret, whatever order they come in", () => {
    const older = secret("z", { one: kubeconfig() });
    const younger = secret("a", { one: kubeconfig() }, { creationTimestamp: "2026-01-02T00:00:00Z" });
    for (const secrets of [
      [older, younger],
      [younger, older],
    ]) {
      const { claims, findings } = claimsOf(secrets, defaultRegistry);
      assert.equal(claims.get("one")?.secret.name, "z");
      assert.deepEqual(
        findings.map(({ code, object }) => [code, object?.name]),
        [["FL841", "a"]],
      );
    }
  });

  test("the name of the home cluster is nobody else's", () => {
    const { claims, findings } = claimsOf([secret("s", { hub: kubeconfig() })], { ...defaultRegistry, home: "hub" });
    assert.equal(claims.size, 0);
    assert.equal(findings[0]?.code, "FL841");
  });

  test("names that no label can hold, and kubeconfigs without bounds, are refused", () => {
    const huge = kubeconfig({ user: { token: "x".repeat(300_000) } });
    const { claims, findings } = claimsOf(
      [secret("s", { __proto__: "", ["-x"]: kubeconfig(), huge, ok: kubeconfig() })],
      defaultRegistry,
    );
    assert.deepEqual([...claims.keys()], ["ok"]);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL840", "FL840"],
    );
  });

  test("there is a limit to the number of clusters", () => {
    const many = secret("s", { a: kubeconfig(), b: kubeconfig(), c: kubeconfig() });
    const { claims, findings } = claimsOf([many], { ...defaultRegistry, mostClusters: 2 });
    assert.deepEqual([...claims.keys()], ["a", "b"]);
    assert.equal(findings[0]?.code, "FL849");
  });

  test("a claim never shows its kubeconfig, and tells another one by its digest", () => {
    const one = only(secret("s", { one: kubeconfig() }));
    assert.ok(!inspect(one).includes("s3cret") && !JSON.stringify(one).includes("s3cret"));
    assert.notEqual(one.digest, only(secret("s", { one: kubeconfig({ user: { token: "other" } }) })).digest);
  });

  test("the annotation pauses", () => {
    const annotations = { "fairlead.dev/paused": "true" };
    assert.equal(only(secret("s", { one: kubeconfig() }, { annotations })).paused, true);
    assert.equal(only(secret("s", { one: kubeconfig() })).paused, false);
  });
});

describe("a kubeconfig of a Secret", () => {
  test("gives access under the name of its data key", async () => {
    const { access: found, findings } = await access(kubeconfig());
    assert.equal(found?.name, "one");
    assert.equal(found.server.href, "https://one.example:6443/");
    assert.deepEqual(findings, []);
  });

  test("runs no program unless that is allowed", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "aws", interactiveMode: "Never" };
    const text = kubeconfig({ user: { exec } });
    const refused = await access(text);
    assert.equal(refused.access, undefined);
    assert.equal(refused.findings[0]?.code, "FL842");
    assert.notEqual((await access(text, true)).access, undefined);
    const withFile = kubeconfig({ user: { exec }, cluster: { "certificate-authority": "/etc/passwd" } });
    assert.equal((await access(withFile, true)).access, undefined);
  });

  for (const [what, part] of Object.entries<Kubeconfig>({
    "a token": { user: { tokenFile: "/var/run/secrets/kubernetes.io/serviceaccount/token" } },
    "a certificate": { user: { "client-certificate": "/etc/pki/a.pem", "client-key": "/etc/pki/a.key" } },
    "an authority": { cluster: { "certificate-authority": "ca.pem" } },
  })) {
    test(`names no file for ${what}`, async () => {
      const { access: found, findings } = await access(kubeconfig(part));
      assert.equal(found, undefined);
      assert.equal(findings[0]?.code, "FL840");
    });
  }

  test("that checks nobody is used with a warning", async () => {
    const { access: found, findings } = await access(kubeconfig({ cluster: { "insecure-skip-tls-verify": true } }));
    assert.notEqual(found, undefined);
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [["FL843", "warning"]],
    );
  });

  test("that is none is a finding which shows nothing of it", async () => {
    for (const text of ["token: s3cret: [", "s3cret", "", "{}", JSON.stringify({ "current-context": "s3cret-not" })]) {
      const { access: found, findings } = await access(text);
      assert.equal(found, undefined, text);
      assert.ok(findings.length > 0 && findings.every(({ code }) => code === "FL840"), text);
      assert.ok(!JSON.stringify(findings).includes("s3cret:"), text);
    }
  });
});
