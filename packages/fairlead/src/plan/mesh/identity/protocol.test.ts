import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServicePort } from "../model/facts.ts";
import { protocolOf, simpleProtocolOf } from "./protocol.ts";

function port(name: string, appProtocol = ""): ServicePort {
  return { name, port: 80, targetPort: 0, protocol: "TCP", appProtocol, nodePort: 0 };
}

test("takes the protocol of appProtocol, then of the name, in upper case", () => {
  const rows: readonly (readonly [ServicePort, string])[] = [
    [port("", "http"), "HTTP"],
    [port("tcp-x", "grpc"), "GRPC"],
    [port("x", "kubernetes.io/h2c"), "HTTP2"],
    [port("x", "kubernetes.io/wss"), "HTTPS"],
    [port("grpc-x", "acme.io/own"), "GRPC"],
    [port("http"), "HTTP"],
    [port("HTTP2-api"), "HTTP2"],
    [port("grpc-web"), "GRPC-WEB"],
    [port("grpc-web-api"), "GRPC-WEB"],
    [port("grpc-webhook"), "GRPC"],
    [port("tls-x"), "TLS"],
    [port("https"), "HTTPS"],
    [port("mongo-db"), "MONGO"],
    [port("constructor", "constructor"), "TCP"],
  ];
  for (const [given, expected] of rows) {
    assert.equal(protocolOf(given, false), expected, `${given.name} ${given.appProtocol}`);
  }
});

test("takes the only port for HTTP where nothing tells, and one of several for TCP", () => {
  for (const name of ["", "web", "metrics", "httpx"]) {
    assert.equal(protocolOf(port(name), true), "HTTP", name);
    assert.equal(protocolOf(port(name), false), "TCP", name);
  }
});

test("knows four protocols in the predecessor's way, by the start of a name", () => {
  const names = ["grpc-web-x", "grpcx", "http2", "tcp", ""];
  assert.deepEqual(
    names.map((name) => simpleProtocolOf({ name })),
    ["grpc-web", "grpc", "http2", "http", "http"],
  );
});
