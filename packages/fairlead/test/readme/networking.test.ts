/** What the README promises of networking. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { assertAccepted, assertFinding, assertValid, at, compileYaml, kindsOf, objectOf } from "../support/compile.ts";

const input = (spec: string, metadata = "{name: test}") => `kind: LummoNetworking
metadata: ${metadata}
spec:
  app: test-server
${spec}---
kind: LummoDeployment
spec:
  app: test-server
  containers: [{image: "test-server:1", http: {port: 8000}, grpc: {port: 5000}}]
---
apiVersion: fairlead.dev/v1alpha1
kind: Environment
metadata: {name: test}
spec: {routes: {internalDomain: internal.example}}
`;
const readme = `  grpc: true
  domains: [a.test.com, b.test.com]
  routes:
  - match: Path(\`/hello\`) # these will always be https
    vpn: true
  - match: Path(\`/world\`)
`;
const routesOf = (route: ReturnType<typeof objectOf>) => at(route, "spec", "routes") as JsonObject[];

describe("sets up network resources", () => {
  it("ingress rules: one per route, for all domains", async () => {
    const compiled = await compileYaml(input(readme.replace("  grpc: true\n", "")));
    assertValid(compiled);
    assert.deepEqual(
      routesOf(objectOf(compiled, "IngressRoute")).map(({ match }) => match),
      [
        "(Host(`a.test.com`) || Host(`b.test.com`)) && Path(`/hello`)",
        "(Host(`a.test.com`) || Host(`b.test.com`)) && Path(`/world`)",
      ],
    );
  });

  it("SSL certificates for the domains, used by the route", async () => {
    const compiled = await compileYaml(input(readme));
    assertValid(compiled);
    const certificate = objectOf(compiled, "Certificate");
    assert.equal(certificate.apiVersion, "cert-manager.io/v1");
    assert.deepEqual(at(certificate, "spec", "dnsNames"), ["a.test.com", "b.test.com"]);
    assert.match(
      JSON.stringify(compiled.generated),
      new RegExp(`"tls":\\{"secretName":"${String(at(certificate, "spec", "secretName"))}"`),
    );
  });

  it("load balancers, for what does not go through the shared proxy", async () => {
    const compiled = await compileYaml(`apiVersion: fairlead.dev/v1alpha1
kind: Route
metadata: {name: public}
spec: {app: test-server, expose: loadBalancer}
---
kind: LummoDeployment
spec:
  app: test-server
  containers: [{image: "test-server:1", http: {port: 8000}}]
`);
    assertValid(compiled);
    const services = compiled.generated
      .map(({ object }) => object)
      .filter((object) => at(object, "spec", "type") === "LoadBalancer");
    assert.equal(services.length, 1);
  });

  it("these will always be https", async () => {
    const compiled = await compileYaml(input(readme.replace("  grpc: true\n", "")));
    const route = objectOf(compiled, "IngressRoute");
    assert.deepEqual(at(route, "spec", "entryPoints"), ["websecure"]);
    assert.ok(at(route, "spec", "tls") !== undefined);
  });

  it("vpn: true lets only clients of the VPN in, on that route", async () => {
    const compiled = await compileYaml(input(readme.replace("  grpc: true\n", "")));
    const [hello, world] = routesOf(objectOf(compiled, "IngressRoute"));
    assert.deepEqual(hello!["middlewares"], [{ name: "vpn-only", namespace: "traefik" }]);
    assert.equal(world!["middlewares"], undefined);
  });

  it("grpc: true makes services talk to each other over HTTP/2, inside", async () => {
    const compiled = await compileYaml(input(readme));
    assertValid(compiled);
    assert.match(JSON.stringify(compiled.generated), /test-server\.internal\.example/);
    assert.match(JSON.stringify(compiled.generated), /"scheme":"h2c"/);
  });

  it("an app that is not there is a finding", async () => {
    const compiled = await compileYaml(
      "kind: LummoNetworking\nmetadata: {name: test}\nspec:\n  app: tset-server\n  domains: [a.test.com]\n",
    );
    assertFinding(compiled, { line: 4, name: "test", message: /tset-server/ });
  });

  it("keeps its name and namespace", async () => {
    const compiled = await compileYaml(
      input(readme, "{name: test, namespace: shop}").replaceAll(
        "spec:\n  app: test-server\n  containers",
        "metadata: {namespace: shop}\nspec:\n  app: test-server\n  containers",
      ),
    );
    assertAccepted(compiled);
    assert.ok(kindsOf(compiled).includes("IngressRoute"));
    for (const { object } of compiled.generated) assert.equal(object.metadata.namespace, "shop");
  });
});
