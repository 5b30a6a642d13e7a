import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { choosePort, type KnownPort, type Purpose } from "./service-port.ts";

const port = (name: string, number: number, more: Partial<KnownPort> = {}): KnownPort => ({
  name,
  port: number,
  targetPort: number,
  protocol: "TCP",
  ...more,
});
const all = [
  port("metrics", 9000),
  port("grpc", 5000),
  port("http", 80, { targetPort: 8000 }),
  port("dns", 53, { protocol: "UDP" }),
];

describe("the port of a Service that is meant", () => {
  const cases: readonly {
    what: string;
    ports?: readonly KnownPort[];
    wanted?: number | string;
    purpose: Purpose;
    is: unknown;
  }[] = [
    { what: "by number", wanted: 9000, purpose: "http", is: 9000 },
    { what: "by a number that is a text", wanted: "9000", purpose: "http", is: 9000 },
    { what: "by name", wanted: "grpc", purpose: "tcp", is: 5000 },
    { what: "the one named http", purpose: "http", is: 80 },
    { what: "the one named grpc", purpose: "grpc", is: 5000 },
    { what: "the only UDP port", purpose: "udp", is: 53 },
    { what: "none of several for TCP", purpose: "tcp", is: "unclear" },
    { what: "the only one whatever its name", ports: [port("api", 7000)], purpose: "http", is: 7000 },
    {
      what: "the one beside gRPC and metrics",
      ports: [port("api", 7000), ...all.slice(0, 2)],
      purpose: "http",
      is: 7000,
    },
    { what: "none of two unknown ones", ports: [port("a", 1), port("b", 2)], purpose: "http", is: "unclear" },
    {
      what: "by its protocol",
      ports: [port("a", 1), port("b", 2, { appProtocol: "kubernetes.io/h2c" })],
      purpose: "grpc",
      is: 2,
    },
    { what: "not http for gRPC", ports: [port("http", 80)], purpose: "grpc", is: "unclear" },
    { what: "not the container's, with the way there", wanted: 8000, purpose: "http", is: "behind 80" },
    { what: "not a TCP port for UDP", wanted: 80, purpose: "udp", is: "unknown" },
    { what: "not one that nobody has", wanted: "web", purpose: "http", is: "unknown" },
  ];
  for (const { what, ports = all, wanted, purpose, is } of cases) {
    test(`is ${what}`, () => {
      const chosen = choosePort(ports, wanted, purpose);
      if (chosen.kind === "port") assert.equal(chosen.port.port, is);
      else if (chosen.kind === "unclear") assert.equal("unclear", is);
      else assert.equal(chosen.behind === undefined ? "unknown" : `behind ${chosen.behind.port}`, is);
    });
  }
});
