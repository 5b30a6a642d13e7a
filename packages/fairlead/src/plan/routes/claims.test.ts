import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EnvironmentSpec } from "../../kinds/environment.ts";
import type { RouteSpec } from "../../kinds/route.ts";
import type { Declaration } from "../declaration.ts";
import { declare, worldOf } from "../../../test/workloads/planning.ts";
import { checkRoutes } from "./claims.ts";

const route = (name: string, spec: RouteSpec) => declare("Route", spec, { name });
function check(routes: readonly Declaration<RouteSpec>[], settings: EnvironmentSpec = {}) {
  const [first, ...declarations] = routes;
  return checkRoutes(worldOf(first!, { declarations: declarations as unknown as Declaration[], settings }));
}
const shop: RouteSpec = { app: "a", hosts: ["shop.example"] };

describe("two rules of one host and path", () => {
  const conflicts: readonly (readonly [string, RouteSpec, RouteSpec])[] = [
    ["whole hosts", shop, { ...shop, app: "b" }],
    ["one host of several", shop, { app: "b", hosts: ["www.example", "shop.example"] }],
    [
      "a path written in two ways",
      { ...shop, routes: [{ path: "/a", pathType: "Exact" }] },
      { ...shop, routes: [{ match: "Path(`/a`)" }] },
    ],
    [
      "one of the alternatives",
      { ...shop, routes: [{ match: "Path(`/a`) || Path(`/b`)" }] },
      { ...shop, routes: [{ path: "/b", pathType: "Exact" }] },
    ],
    ["everything, and the path /", shop, { ...shop, routes: [{ path: "/" }] }],
    ["the same for all hosts", { routes: [{ path: "/a" }] }, { routes: [{ path: "/a" }] }],
    ["a host in the match", { routes: [{ match: "Host(`shop.example`)" }] }, shop],
    ["gRPC hosts", { app: "a", grpc: true }, { app: "a", grpc: { hosts: ["a.internal.example"], internal: true } }],
  ];
  for (const [what, one, other] of conflicts) {
    test(`are told: ${what}`, () => {
      const settings = { routes: { internalDomain: "internal.example" } };
      const findings = check([route("one", one), route("two", other)], settings);
      assert.deepEqual(
        findings.map(({ code, object }) => [code, object?.name]),
        [["FL306", "two"]],
      );
      assert.match(findings[0]!.message, /Route shop\/one/);
      assert.deepEqual(check([route("two", other), route("one", one)], settings), findings);
    });
  }

  const neighbours: readonly (readonly [string, RouteSpec, RouteSpec])[] = [
    ["other hosts", shop, { app: "a", hosts: ["www.example"] }],
    ["another path", { ...shop, routes: [{ path: "/a" }] }, { ...shop, routes: [{ path: "/b" }] }],
    [
      "another kind of path",
      { ...shop, routes: [{ path: "/a" }] },
      { ...shop, routes: [{ path: "/a", pathType: "Exact" }] },
    ],
    ["another method", { ...shop, routes: [{ methods: ["GET"] }] }, { ...shop, routes: [{ methods: ["POST"] }] }],
    ["inside and outside", shop, { ...shop, internal: true }],
    ["other entry points", shop, { ...shop, entryPoints: ["web"] }],
    ["a load balancer", shop, { ...shop, expose: "loadBalancer" }],
    ["HTTP and gRPC of one service", shop, { app: "a", grpc: { hosts: ["shop.example"], service: "shop.Orders" } }],
  ];
  for (const [what, one, other] of neighbours) {
    test(`are not seen where there are none: ${what}`, () => {
      assert.deepEqual(check([route("one", one), route("two", other)]), []);
    });
  }

  test("are told within one Route", () => {
    const findings = check([route("one", { ...shop, routes: [{ path: "/a" }, { path: "/a", priority: 5 }] })]);
    assert.deepEqual(
      findings.map(({ field, message }) => [field, /another rule/.test(message)]),
      [[["spec", "routes", 1], true]],
    );
  });

  test("are one finding for each rule, however many hosts it has", () => {
    const hosts = ["a.example", "b.example", "c.example"];
    assert.equal(check([route("one", { app: "a", hosts }), route("two", { app: "a", hosts })]).length, 1);
  });
});

describe("targets of one project", () => {
  test("that are mixed are told, at the Routes that differ", () => {
    const routes = [
      route("one", { ...shop, routes: [{ path: "/a" }] }),
      route("two", { ...shop, target: "gateway", routes: [{ path: "/b" }] }),
    ];
    const findings = check(routes);
    assert.deepEqual(
      findings.map(({ code, severity, object, field }) => [code, severity, object?.name, field]),
      [["FL307", "warning", "two", ["spec", "target"]]],
    );
    assert.deepEqual(
      check(routes, { routes: { target: "gateway" } }).map(({ object }) => object?.name),
      [],
    );
  });

  test("are the Environment's for Routes that say nothing", () => {
    const routes = [route("one", shop), route("two", { ...shop, hosts: ["b.example"], target: "ingress" })];
    assert.deepEqual(check(routes, { routes: { target: "ingress" } }), []);
  });
});
