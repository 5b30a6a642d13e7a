/** The two API servers that are measured side by side, each in processes of its own. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ClientHttp2Session } from "node:http2";
import path from "node:path";
import { startPlane } from "../../scripts/real/plane.ts";

export interface Server {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** What the child tells of its cluster. */
export interface ChildCluster {
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
}

export async function embedded(): Promise<Server> {
  const script = path.join(import.meta.dirname, "cluster-child.ts");
  const child: ChildProcess = fork(script, [], { execArgv: process.execArgv });
  const [cluster] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error("the cluster did not start"))),
  ])) as [ChildCluster];
  return {
    ...cluster,
    name: "embedded",
    pids: [child.pid!],
    stop: async () => {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}

export async function real(): Promise<Server> {
  // Without its audit log, which the embedded server does not write either.
  const plane = await startPlane({ apiServerFlags: ["--audit-log-path=", "--audit-policy-file="] });
  const { url, token, certificate, processes } = plane;
  const pids = ["kube-apiserver", "etcd"].map((name) => processes[name as keyof typeof processes]!);
  return { url, token, certificate, pids, name: "kube-apiserver and etcd", stop: () => plane.stop() };
}

/** Milliseconds of processor time since a process began. */
export function processorTime(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}

export async function send(
  session: ClientHttp2Session,
  { token }: Server,
  { method, path: to, contentType, body }: { method: string; path: string; contentType?: string; body?: Buffer },
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stream = session.request({
      ":method": method,
      ":path": to,
      authorization: `Bearer ${token}`,
      accept: "application/json",
      "content-type": contentType ?? "application/json",
    });
    let status = 0;
    let text = "";
    stream.on("response", (headers) => (status = Number(headers[":status"])));
    stream.on("data", (chunk: Buffer) => {
      if (status >= 300) text += chunk.toString();
    });
    stream.on("error", reject);
    stream.on("end", () =>
      status < 300 ? resolve() : reject(new Error(`${method} ${to}: ${status} ${text.slice(0, 400)}`)),
    );
    stream.end(body);
  });
}
