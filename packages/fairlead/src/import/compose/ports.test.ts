import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import { readPorts } from "./ports.ts";

function short(value: JsonValue): string | string[] {
  const read = readPorts(value);
  return "problem" in read
    ? "problem"
    : read.ports.map(({ target, published, protocol }) => `${published ?? ""}→${target}/${protocol}`);
}

const cases: readonly (readonly [JsonValue, string | string[]])[] = [
  [80, ["→80/TCP"]],
  ["80", ["→80/TCP"]],
  ["8080:80", ["8080→80/TCP"]],
  ["127.0.0.1:8001:8001", ["8001→8001/TCP"]],
  ["127.0.0.1::53/udp", ["→53/UDP"]],
  ["[::1]:6001:6001", ["6001→6001/TCP"]],
  ["3000-3002", ["→3000/TCP", "→3001/TCP", "→3002/TCP"]],
  ["9090-9091:8080-8081", ["9090→8080/TCP", "9091→8081/TCP"]],
  ["12400-12500:1240", ["12400-12500→1240/TCP"]],
  ["6060:6060/udp", ["6060→6060/UDP"]],
  [{ target: 80, published: "8080", protocol: "tcp" }, ["8080→80/TCP"]],
  [{ target: "53", protocol: "udp" }, ["→53/UDP"]],
  ["0", "problem"],
  ["65536", "problem"],
  ["80/icmp", "problem"],
  ["abc", "problem"],
  ["1-60000", "problem"],
  [{ published: 80 }, "problem"],
  [null, "problem"],
  [["80"], "problem"],
];

for (const [value, expected] of cases) {
  test(`reads the port ${JSON.stringify(value)}`, () => assert.deepEqual(short(value), expected));
}
