import { connect, type ClientHttp2Session } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonValue } from "@fairlead/apimachinery";
import type { PlaneAccess } from "../../scripts/real/access.ts";
import { benchPod, namespaces } from "./pods.ts";

/** Creates `count` pods as fast as the API server takes them. Resolves to the bytes of the last one, as it is served. */
export async function fillWithPods(plane: PlaneAccess, count: number): Promise<number> {
  const session = connect(plane.url, { ca: plane.certificate });
  // The loopback address is in the certificate that the server made for itself.
  try {
    for (let i = 0; i < namespaces; i++) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: `team-${i}` } };
      await send(session, plane, "POST", "/api/v1/namespaces", namespace);
    }
    let next = 0;
    let bytes = 0;
    const worker = async (): Promise<void> => {
      while (next < count) {
        const pod = benchPod(next++);
        bytes = await send(session, plane, "POST", `/api/v1/namespaces/${pod.metadata.namespace}/pods`, pod);
      }
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    return bytes;
  } finally {
    session.close();
  }
}

/** Resolves to the bytes of the answer. */
export async function send(
  session: ClientHttp2Session,
  plane: PlaneAccess,
  method: string,
  path: string,
  body?: JsonValue,
  contentType = "application/json",
): Promise<number> {
  return await new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": method,
      ":path": path,
      authorization: `Bearer ${plane.token}`,
      accept: "application/json",
      "content-type": contentType,
    });
    let status = 0;
    let bytes = 0;
    let text = "";
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (status >= 400) text += chunk.toString();
    });
    stream.on("error", reject);
    stream.on("end", () =>
      status < 400 ? resolve(bytes) : reject(new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`)),
    );
    stream.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Holds the time of a change, as `process.hrtime.bigint()` of any process on this machine. */
export const sentAnnotation = "bench.fairlead.dev/sent";

/** Changes pods one after the other at a steady rate, each telling when it was sent. */
export async function changePods(plane: PlaneAccess, pods: number, rate: number, seconds: number): Promise<void> {
  const session = connect(plane.url, { ca: plane.certificate });
  try {
    const start = performance.now();
    const sent: Promise<number>[] = [];
    for (let i = 0; i < rate * seconds; i++) {
      const early = start + (i * 1000) / rate - performance.now();
      if (early > 0) await sleep(early);
      const index = (i * 7919) % pods;
      const { namespace, name } = benchPod(index).metadata;
      const annotations = { [sentAnnotation]: String(process.hrtime.bigint()) };
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      sent.push(send(session, plane, "PATCH", path, { metadata: { annotations } }, "application/merge-patch+json"));
    }
    await Promise.all(sent);
  } finally {
    session.close();
  }
}
