import { accessOf, createClient, defaultAccess, type Client } from "@fairlead/kube";
import { fairlead, type CliResult } from "./cli.ts";

/** What a running `up` has written, and what it will write; what never comes is an error with what came instead. */
export type Ready = (output: string, later: (pattern: RegExp) => Promise<void>) => Promise<void>;

const patienceMs = 60_000;

/** Runs `up` until `ready` has done its work, then interrupts it. */
export async function upWhile(folder: string, args: readonly string[], ready: Ready): Promise<CliResult> {
  const stop = new AbortController();
  let output = "";
  const looks = new Set<() => void>();
  const later = (pattern: RegExp): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (pattern.test(output)) resolve();
      else if (stop.signal.aborted) reject(new Error(`${String(pattern)} never came:\n${output}`));
    };
    looks.add(look);
    look();
    const giveUp = setTimeout(() => stop.abort(), patienceMs);
    return promise.finally(() => {
      clearTimeout(giveUp);
      looks.delete(look);
    });
  };
  const lookAll = (): void => {
    for (const look of looks) look();
  };
  stop.signal.addEventListener("abort", lookAll);
  const running = fairlead(["up", ...args], {
    cwd: folder,
    context: { interrupted: () => stop.signal },
    onOutput: (text: string) => {
      output += text;
      lookAll();
    },
  });
  // An `up` that ends by itself keeps nobody waiting.
  void running.finally(() => stop.abort());
  try {
    await later(/export KUBECONFIG=/);
    await ready(output, later);
  } finally {
    stop.abort();
  }
  return running;
}

/** A client for a context of a kubeconfig; the current one unless told. */
export async function clientOf(kubeconfig: string, context?: string): Promise<Client> {
  const asked = { env: {}, paths: [kubeconfig], terminal: false };
  const { access } = await defaultAccess(context === undefined ? asked : { ...asked, context });
  return createClient(access ?? accessOf({ name: "none", server: "https://127.0.0.1:1" }));
}
