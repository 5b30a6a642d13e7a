/** What users of krm-functions tripped on in LummoNetworking. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assertAccepted,
  assertFinding,
  assertValid,
  at,
  compileYaml,
  kindsOf,
  objectOf,
  objectsOf,
} from "../support/compile.ts";

const environment = `---
apiVersion: fairlead.dev/v1alpha1
kind: Environment
metadata: {name: test}
spec: {routes: {internalDomain: internal.example}}
`;
const app = (name: string, ports: string) =>
  `---\nkind: LummoDeployment\nspec:\n  app: ${name}\n  containers:\n  - {name: ${name}, image: "x:1", ${ports}}\n`;
const networking = (body: string) => `kind: LummoNetworking\n${body}`;

describe("valid input that was refused or made it panic", () => {
  it("renders a route whose app stands beside it as an App, not as a Deployment", async () => {
    const compiled = await compileYaml(
      networking(`data:
  app: shop-api
  grpc: true
  hosts: [a.example, b.example]
  routes:
  - {match: "Path(\`/hello\`)", vpn: true}
  - match: Path(\`/world\`)
`) +
        app("shop-api", "http: {port: 2000}, grpc: {port: 3000}") +
        environment,
    );
    assertValid(compiled);
    assert.ok(kindsOf(compiled).includes("IngressRoute"));
    assert.ok(kindsOf(compiled).includes("Certificate"));
  });

  it("renders a route without any workload in the input, and says so", async () => {
    const compiled = await compileYaml(
      networking(
        "metadata: {name: test}\nspec:\n  app: missing\n  domains: [a.example]\n  routes: [{match: Path(`/x`)}]\n",
      ),
    );
    assertFinding(compiled, { line: 4, name: "test", message: /missing/ });
  });

  it("reads spec as the README writes it", async () => {
    const compiled = await compileYaml(
      networking("spec:\n  app: shop-api\n  domains: [a.example]\n  routes: [{match: Path(`/x`)}]\n") +
        app("shop-api", "http: {port: 2000}"),
    );
    assertValid(compiled);
    assert.match(JSON.stringify(objectOf(compiled, "IngressRoute")), /a\.example/);
  });
});

describe("nonsense that it made or accepted", () => {
  it("routes to the app that is named, and leaves what is not its own", async () => {
    const compiled = await compileYaml(
      networking("data: {app: one, hosts: [a.example], routes: [{match: Path(`/x`)}]}\n") +
        app("one", "http: {port: 8080}") +
        app("two", "http: {port: 8443}") +
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: unrelated}\nspec: {ports: [{port: 1}]}\n",
    );
    assertValid(compiled);
    const services = at(objectOf(compiled, "IngressRoute"), "spec", "routes", 0, "services") as { name: string }[];
    assert.deepEqual(
      services.map(({ name }) => name),
      ["one"],
    );
    assert.deepEqual(
      compiled.passed.map(({ metadata }) => metadata.name),
      ["unrelated"],
    );
  });

  it("puts the hosts in parentheses, so that no host bypasses the path", async () => {
    const compiled = await compileYaml(
      networking("data: {app: one, hosts: [a.example, b.example], routes: [{match: Path(`/x`) || Path(`/y`)}]}\n") +
        app("one", "http: {port: 8080}"),
    );
    assertAccepted(compiled);
    const match = at(objectOf(compiled, "IngressRoute"), "spec", "routes", 0, "match");
    assert.equal(match, "(Host(`a.example`) || Host(`b.example`)) && (Path(`/x`) || Path(`/y`))");
  });

  it("does not take any kind for its own", async () => {
    const compiled = await compileYaml("kind: Anything\ndata: {app: one, hosts: [a.example]}\n");
    assertFinding(compiled, { severity: "error", line: 1 });
    assert.deepEqual(objectsOf(compiled), []);
  });

  it("says where a route has no match", async () => {
    for (const route of ["{}", "{vpn: true}", '{match: ""}']) {
      const compiled = await compileYaml(
        networking(`data:\n  app: one\n  hosts: [a.example]\n  routes:\n  - match: Path(\`/x\`)\n  - ${route}\n`) +
          app("one", "http: {port: 1}"),
      );
      assertFinding(compiled, { severity: "error", code: "FL156", line: 7, name: "one" });
    }
  });

  it("says that the app has no port for gRPC, and where that is asked for", async () => {
    const compiled = await compileYaml(
      networking("data:\n  app: one\n  hosts: [a.example]\n  grpc: true\n") +
        app("one", "http: {port: 1}") +
        environment,
    );
    assertFinding(compiled, { severity: "error", line: 5, name: "one", message: /grpc/i });
  });

  it("says what is missing in an empty object", async () => {
    const compiled = await compileYaml("kind: LummoNetworking\n");
    assertFinding(compiled, { severity: "error", line: 1 });
  });

  it("refuses misspelt fields", async () => {
    const compiled = await compileYaml(
      networking("data:\n  app: one\n  host: [a.example]\n  routes:\n  - mach: Path(`/x`)\n"),
    );
    assertFinding(compiled, { severity: "error", code: "FL152", line: 4, hint: /hosts/ });
    assertFinding(compiled, { severity: "error", code: "FL152", line: 6, column: 5, hint: /match/ });
  });
});
