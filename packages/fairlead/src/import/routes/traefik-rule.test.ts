import assert from "node:assert/strict";
import { test } from "node:test";
import { readRule, readSni } from "./traefik-rule.ts";

const cases: readonly (readonly [string, unknown])[] = [
  ["Host(`a.example`)", { hosts: ["a.example"], rest: {} }],
  ["Host(`a.example`) || Host(`b.example`)", { hosts: ["a.example", "b.example"], rest: {} }],
  ["Host(`a.example`, `b.example`)", { hosts: ["a.example", "b.example"], rest: {} }],
  ["Host(`a`) && PathPrefix(`/x`)", { hosts: ["a"], rest: { path: "/x" } }],
  ["(Host(`a`) || Host(`b`)) && Path(`/x`)", { hosts: ["a", "b"], rest: { path: "/x", pathType: "Exact" } }],
  ["PathPrefix(`/x`) && Method(`GET`, `POST`)", { hosts: [], rest: { path: "/x", methods: ["GET", "POST"] } }],
  [
    'Host("a") && Headers(`X-A`, `1`) && Query(`q`, `2`)',
    { hosts: ["a"], rest: { headers: { "X-A": "1" }, query: { q: "2" } } },
  ],
  ["Host(`a`) || PathPrefix(`/x`)", { hosts: [], rest: { match: "Host(`a`) || PathPrefix(`/x`)" } }],
  ["Host(`a`) && !Path(`/x`)", { hosts: [], rest: { match: "Host(`a`) && !Path(`/x`)" } }],
  ["Host(`a`) && Host(`b`)", { hosts: [], rest: { match: "Host(`a`) && Host(`b`)" } }],
  ["Host(`a`) && (Host(`b`))", { hosts: [], rest: { match: "Host(`a`) && (Host(`b`))" } }],
  ['Host("a\\x2eb")', { hosts: ["a.b"], rest: {} }],
  [
    "Header(`X-A`, `1`) && Header(`X-A`, `2`)",
    { hosts: [], rest: { match: "Header(`X-A`, `1`) && Header(`X-A`, `2`)" } },
  ],
  ["Header(`__proto__`, `1`)", { hosts: [], rest: { headers: { ["__proto__"]: "1" } } }],
  ["HostRegexp(`.+`)", { hosts: [], rest: { match: "HostRegexp(`.+`)" } }],
  ["Host(`a", { hosts: [], rest: { match: "Host(`a" } }],
];

for (const [rule, expected] of cases) {
  test(`takes ${rule} apart`, () => assert.deepEqual(readRule(rule), expected));
}

test("reads the server names of TCP rules", () => {
  assert.deepEqual(readSni("HostSNI(`*`)"), []);
  assert.deepEqual(readSni("HostSNI(`a`) || HostSNI(`b`, `c`)"), ["a", "b", "c"]);
  assert.equal(readSni("HostSNI(`a`) && HostSNI(`b`)"), undefined);
  assert.equal(readSni("HostSNI(`a`"), undefined);
  assert.equal(readSni("ClientIP(`10.0.0.1`)"), undefined);
});
