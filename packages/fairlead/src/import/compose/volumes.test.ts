import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import { readMount } from "./volumes.ts";

function short(value: JsonValue): string {
  const mount = readMount(value);
  return typeof mount === "string"
    ? "problem"
    : `${mount.type} ${mount.source ?? "-"} ${mount.target}${mount.readOnly ? " ro" : ""}`;
}

const cases: readonly (readonly [JsonValue, string])[] = [
  ["/data", "volume - /data"],
  ["data:/data", "volume data /data"],
  ["data:/data:ro", "volume data /data ro"],
  ["./conf:/etc/conf:ro,z", "bind ./conf /etc/conf ro"],
  ["../up:/up", "bind ../up /up"],
  ["~/home:/h", "bind ~/home /h"],
  ["/var/run/docker.sock:/var/run/docker.sock", "bind /var/run/docker.sock /var/run/docker.sock"],
  ["C:\\data:/data", "bind C:\\data /data"],
  [{ type: "volume", source: "data", target: "/data", volume: { subpath: "x" } }, "volume data /data"],
  [{ type: "bind", source: "./a", target: "/a", read_only: "true" }, "bind ./a /a ro"],
  [{ type: "tmpfs", target: "/t", tmpfs: { size: 1000 } }, "tmpfs - /t"],
  ["a:b", "problem"],
  ["a:/b:ro:x", "problem"],
  ["", "problem"],
  [{ type: "bind" }, "problem"],
  [7, "problem"],
];

for (const [value, expected] of cases) {
  test(`reads the volume ${JSON.stringify(value)}`, () => assert.equal(short(value), expected));
}
