/** Where compat mode differs from the predecessor on purpose: its bugs. The table is docs/explanation/compat.md. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  at,
  compileAccepted,
  compileValid,
  compileYaml,
  containersOf,
  kindsOf,
  objectOf,
  objectsOf,
} from "../support/compile.ts";

const compat = { compat: true };
const deployment = (name: string, ports = "http: {port: 2000}", metadata = "{}") =>
  `kind: LummoDeployment\nmetadata: ${metadata}\nspec:\n  part-of: shop\n  app: ${name}\n  containers:\n  - {name: ${name}, image: "api:1", ${ports}}\n`;
const networking = (data: string) => `kind: LummoNetworking\nmetadata: {name: anything}\ndata: ${data}\n---\n`;

describe("compat mode departs from the predecessor", () => {
  it("no creationTimestamp, status or empty maps", async () => {
    const compiled = await compileValid(deployment("api"), compat);
    assert.ok(!JSON.stringify(objectsOf(compiled)).includes("{}"));
  });

  it("namespace, labels and annotations of the declaration are on the objects", async () => {
    const compiled = await compileYaml(
      deployment("api", "http: {port: 2000}", "{namespace: shop, labels: {team: a}, annotations: {example.com/x: y}}"),
      compat,
    );
    for (const { metadata } of objectsOf(compiled)) {
      assert.equal(metadata.namespace, "shop");
      assert.deepEqual(metadata.labels, { app: "api", "part-of": "shop", team: "a" });
      assert.equal(metadata.annotations?.["example.com/x"], "y");
    }
  });

  it("every object names its owner", async () => {
    const compiled = await compileYaml(deployment("api"), compat);
    for (const { object } of compiled.generated) {
      assert.equal(object.metadata.annotations?.["fairlead.dev/owner"], "App//api");
    }
  });

  it("a Rollout with ports has its Service", async () => {
    const compiled = await compileValid(deployment("api").replace("LummoDeployment", "LummoRollout"), compat);
    assert.deepEqual(kindsOf(compiled), ["Rollout", "Service"]);
  });

  it("a latency is compared as a number of seconds", async () => {
    const text = `${deployment("api").replace("LummoDeployment", "LummoRollout")}  strategy: {metrics: {datadog: {operation: x, p95latency: 500ms}}}\n`;
    const compiled = await compileValid(text, compat);
    const args = at(objectOf(compiled, "Rollout"), "spec", "strategy", "canary", "analysis", "args") as {
      name: string;
      value?: string;
    }[];
    assert.equal(args.find(({ name }) => name === "p95latency")?.value, "0.5");
  });

  it("the annotations that the analysis reads are written", async () => {
    const text = `${deployment("api").replace("LummoDeployment", "LummoRollout")}  strategy: {metrics: {datadog: {operation: x, errorRPM: 5}}}\n---\napiVersion: fairlead.dev/v1alpha1\nkind: Environment\nmetadata: {name: prod}\n`;
    const annotations = objectOf(await compileYaml(text, { ...compat, environment: "prod" }), "Rollout").metadata
      .annotations;
    assert.equal(annotations?.["app.tokko.io/env"], "prod");
    assert.equal(annotations?.["app.tokko.io/version"], "1");
  });

  it("a unique Job name is a hash of the content, not chance", async () => {
    const job = (image: string) =>
      compileYaml(
        `kind: LummoJob\nspec: {app: once, generateNameSuffix: true, containers: [{name: once, image: "${image}"}]}\n`,
        compat,
      );
    const name = async (image: string) => objectOf(await job(image), "Job").metadata.name;
    assert.match(String(await name("a:1")), /^once-[a-z0-9]{8}$/);
    assert.equal(await name("a:1"), await name("a:1"));
    assert.notEqual(await name("a:1"), await name("a:2"));
  });

  it("restartPolicy is OnFailure where nothing was written", async () => {
    const compiled = await compileYaml(
      "kind: LummoJob\nspec: {app: once, containers: [{name: once, image: x}]}\n",
      compat,
    );
    assert.equal(at(objectOf(compiled, "Job"), "spec", "template", "spec", "restartPolicy"), "OnFailure");
  });

  it("the only container is the main one, whatever its name is", async () => {
    const compiled = await compileAccepted(
      "kind: LummoDeployment\nspec: {app: api, containers: [{name: other, image: x, http: {port: 80}}]}\n",
      compat,
    );
    assert.equal(containersOf(objectOf(compiled, "Deployment"))[0]!["name"], "other");
    assert.equal(at(objectOf(compiled, "Service"), "spec", "ports", 0, "port"), 80);
  });

  it("routes: names as they were, hosts in parentheses, entry points and TLS, versions that are served", async () => {
    const compiled = await compileValid(
      networking("{app: api, grpc: true, hosts: [a.example, b.example], routes: [{match: Path(`/x`), vpn: true}]}") +
        deployment("api", "http: {port: 2000}, grpc: {port: 3000}"),
      compat,
    );
    const http = objectOf(compiled, "IngressRoute", "api-http");
    assert.equal(http.apiVersion, "traefik.io/v1alpha1");
    const route = at(http, "spec", "routes", 0) as { match: string; middlewares: unknown };
    assert.equal(route.match, "(Host(`a.example`) || Host(`b.example`)) && Path(`/x`)");
    assert.deepEqual(route.middlewares, [{ name: "vpn-only", namespace: "traefik" }]);
    assert.deepEqual(at(http, "spec", "tls"), { secretName: "api-cert" });
    assert.deepEqual(at(http, "spec", "entryPoints"), ["websecure"]);
    const certificate = objectOf(compiled, "Certificate", "api");
    assert.equal(certificate.apiVersion, "cert-manager.io/v1");
    assert.deepEqual(certificate["spec"], {
      secretName: "api-cert",
      dnsNames: ["a.example", "b.example"],
      issuerRef: { name: "letsencrypt", kind: "ClusterIssuer" },
    });
  });

  it("the route for gRPC goes to a port that the Service has", async () => {
    const compiled = await compileAccepted(
      networking("{app: api, grpc: true, hosts: [a.example]}") +
        deployment("api", "http: {port: 2000}, grpc: {port: 3000}"),
      compat,
    );
    const grpc = objectOf(compiled, "IngressRoute", "api-grpc");
    assert.equal(at(grpc, "spec", "routes", 0, "match"), "Host(`api.internal.bukukas.k8s`)");
    assert.deepEqual(at(grpc, "spec", "routes", 0, "services"), [
      { name: "api", port: 3000, scheme: "h2c", passHostHeader: true },
    ]);
    const ports = at(objectOf(compiled, "Service", "api"), "spec", "ports") as { port: number }[];
    assert.ok(ports.some(({ port }) => port === 3000));
  });

  it("Services, routes and certificates of others stay", async () => {
    const other = "---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {ports: [{port: 1}]}\n";
    const compiled = await compileAccepted(
      networking("{app: api, hosts: [a.example]}") + deployment("api") + other,
      compat,
    );
    assert.deepEqual(
      compiled.passed.map(({ metadata }) => metadata.name),
      ["other"],
    );
  });

  it("fields that it ignored stay without effect, with a finding", async () => {
    const compiled = await compileAccepted(`${deployment("api")}  replicas: 3\n  strategy: {}\n`, compat);
    assert.equal(at(objectOf(compiled, "Deployment"), "spec", "replicas"), undefined);
    const said = compiled.findings.map(({ code }) => code);
    assert.ok(said.includes("FL153") && said.includes("FL158"));
  });
});
