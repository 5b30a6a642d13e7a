import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { accessOf, createClient, type Client } from "@fairlead/kube";

export interface ChildCluster {
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
  client(): Client;
  /** As `kill -9` does; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts a cluster in another process, which may write so many KiB to one file, and no more. */
export async function startChild(folder: string, maxFileKiB?: number): Promise<ChildCluster> {
  const script = path.join(import.meta.dirname, "cluster-child.ts");
  const command = [process.execPath, "--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", script];
  const limit = maxFileKiB === undefined ? "" : `ulimit -f ${maxFileKiB * 2};`;
  // POSIX shells count blocks of 512 bytes.
  const child = spawn("/bin/sh", ["-c", `${limit} exec "$@"`, "sh", ...command, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, "line"), closed]);
  if (typeof first[0] !== "string" || !first[0].startsWith("{")) throw new Error(`the cluster ended: ${String(first)}`);
  const { url, token, certificate } = JSON.parse(first[0]) as Pick<ChildCluster, "url" | "token" | "certificate">;
  return {
    url,
    token,
    certificate,
    client: () => createClient(accessOf({ name: "child", server: url, token, ca: certificate })),
    async kill() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
