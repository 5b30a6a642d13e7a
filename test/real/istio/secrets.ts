/** Certificates for proxies: what istio-agent gives Envoy beside it, by Envoy's secret discovery service. */
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { issueCertificate, type Issued } from "../../../packages/sim/src/serve/certificates/issue-certificate.ts";

export interface Trust {
  /** PEM. */
  readonly authority: string;
  /** For a workload of an account: `spiffe://cluster.local/ns/NAMESPACE/sa/ACCOUNT`. */
  issue(subject: string, usage: "client" | "server"): Issued;
}

export function createTrust(): Trust {
  const dates = { notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 24 * 3_600_000) };
  const issuer = issueCertificate({ commonName: "mesh", usage: "authority", ...dates });
  return {
    authority: issuer.certificate,
    issue: (subject, usage) => issueCertificate({ commonName: "workload", usage, issuer, hosts: [subject], ...dates }),
  };
}

export interface SecretServer {
  /** `HOST:PORT`, HTTP/2 without TLS. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Answers for the names that istiod uses: `default`, a proxy's own certificate, and `ROOTCA`, whom it trusts. */
export async function startSecrets(own: Issued, authority: string): Promise<SecretServer> {
  const secrets: { readonly [name: string]: Buffer } = {
    default: message(
      field(1, Buffer.from("default")),
      field(2, message(field(1, inline(own.certificate)), field(2, inline(own.key)))),
    ),
    ROOTCA: message(field(1, Buffer.from("ROOTCA")), field(4, message(field(1, inline(authority))))),
  };
  const open = new Set<ServerHttp2Stream>();
  const server = createServer();
  server.on("stream", (stream) => {
    open.add(stream);
    stream.once("close", () => open.delete(stream));
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    let rest = Buffer.alloc(0);
    stream.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const request = fieldsOf(rest.subarray(5, 5 + rest.readUInt32BE(1)));
        rest = rest.subarray(5 + rest.readUInt32BE(1));
        // An answer to an answer says only that it was taken.
        if ((request.get(5) ?? []).some(({ length }) => length > 0)) continue;
        const resources = (request.get(3) ?? [])
          .map((name) => secrets[name.toString()])
          .filter((one) => one !== undefined);
        const answer = message(
          field(1, Buffer.from("1")),
          ...resources.map((secret) => field(2, message(field(1, Buffer.from(type)), field(2, secret)))),
          field(4, Buffer.from(type)),
          field(5, Buffer.from("1")),
        );
        const head = Buffer.alloc(5);
        head.writeUInt32BE(answer.length, 1);
        stream.write(Buffer.concat([head, answer]));
      }
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      for (const stream of open) stream.session?.destroy();
      await closed;
    },
  };
}

const type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

/** A DataSource. */
const inline = (text: string): Buffer => field(2, Buffer.from(text));

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

/** A field of Protobuf that has a length. */
function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}

/** The fields of a message that have a length. */
function fieldsOf(bytes: Buffer): ReadonlyMap<number, readonly Buffer[]> {
  const fields = new Map<number, Buffer[]>();
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = next();
    if (key % 8 !== 2) {
      if (key % 8 !== 0) return fields;
      next();
      continue;
    }
    const length = next();
    const number = Math.floor(key / 8);
    fields.set(number, [...(fields.get(number) ?? []), bytes.subarray(at, at + length)]);
    at += length;
  }
  return fields;
}
