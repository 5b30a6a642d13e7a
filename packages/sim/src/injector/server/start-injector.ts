import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import type { Clock, JsonObject } from "@fairlead/apimachinery";
import { issueCertificate, type Issued } from "../../serve/certificates/issue-certificate.ts";
import { systemClock } from "../../serve/system-clock.ts";
import { isNative } from "../inject/is-native.ts";
import { suffix } from "../objects/istio-objects.ts";
import { answerReview, callOf, readReview } from "./answer-review.ts";
import { createCalls, type InjectorCalls } from "./calls.ts";
import type { ConfigMapSource } from "./config-source.ts";
import { createFaults, type FaultScope, type InjectorFault } from "./faults.ts";
import { followConfig, type RevisionConfig } from "./revision-config.ts";

export interface InjectorOptions {
  readonly source: ConfigMapSource;
  /** Revisions that are served from the start; the default revision is the empty text. */
  readonly revisions?: readonly RevisionOptions[];
  /** Milliseconds until a changed ConfigMap is served; 0 unless told. The first is served at once. */
  readonly delayMs?: number;
  /** Drives delays; the machine's unless told. */
  readonly clock?: Clock;
  /** Signs the certificates; a new one unless told. */
  readonly authority?: Issued;
  /** ProxyConfig objects in force; none unless told. */
  readonly proxyConfigs?: () => readonly JsonObject[];
  /** Listens on this address of the loopback interface; 127.0.0.1 unless told. */
  readonly host?: string;
}

export interface RevisionOptions {
  readonly revision: string;
  /** `istio-system` unless told. */
  readonly namespace?: string;
  /** A free one unless told. */
  readonly port?: number;
  /** In place of what the configuration and its version say. */
  readonly nativeSidecars?: boolean;
}

/** An injector that listens: a webhook for each of its revisions. */
export interface Injector {
  /** PEM, of the authority that signs the certificates of all revisions. */
  readonly authority: string;
  readonly calls: InjectorCalls;
  /** Does something wrong from now on; returns what ends it. */
  fault(fault: InjectorFault, scope?: FaultScope): () => void;
  setDelay(ms: number): void;
  addRevision(options: RevisionOptions): Promise<void>;
  removeRevision(revision: string): Promise<void>;
  /** `https://127.0.0.1:PORT/inject`. @throws Error for a revision that is not served. */
  url(revision?: string): string;
  address(revision?: string): { readonly host: string; readonly port: number };
  /** `global.tag` of the configuration that a revision serves; undefined while it has none. */
  tag(revision?: string): string | undefined;
  /** Why the latest ConfigMap of a revision is not served. */
  problem(revision?: string): string | undefined;
  /** Resolves when a revision serves this tag. */
  serves(revision: string, tag: string): Promise<void>;
  stop(): Promise<void>;
}

interface Served {
  readonly options: RevisionOptions;
  readonly config: RevisionConfig;
  readonly server: Server;
  readonly port: number;
}

const day = 24 * 3_600_000;
const mostBody = 4 << 20;

/** Starts an injector: an HTTPS webhook that does what istiod's does, as its ConfigMaps say. */
export async function startInjector(options: InjectorOptions): Promise<Injector> {
  const { source, clock = systemClock, host = "127.0.0.1" } = options;
  const dates = {
    notBefore: new Date(systemClock.now() - 3_600_000),
    notAfter: new Date(systemClock.now() + 3650 * day),
  };
  const authority = options.authority ?? issueCertificate({ commonName: "istiod", usage: "authority", ...dates });
  const calls = createCalls();
  const faults = createFaults();
  const served = new Map<string, Served>();
  const waiting = new Set<() => void>();
  const cancels = new Set<() => void>();
  let delayMs = options.delayMs ?? 0;
  const of = (revision: string): Served => {
    const found = served.get(revision);
    if (found === undefined) throw new Error(`the injector does not serve the revision ${JSON.stringify(revision)}`);
    return found;
  };
  const tag = (revision: string): string | undefined => tagOf(served.get(revision)?.config);
  const handle = async (revision: string, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const path = (incoming.url ?? "/").split("?")[0]!;
    const { config, options: own } = of(revision);
    const send = (status: number, body: string, contentType = "text/plain; charset=utf-8"): void => {
      outgoing.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
      outgoing.end(body);
    };
    if (path !== "/inject" && !path.startsWith("/inject/")) return send(404, "404 page not found\n");
    const body = await bodyOf(incoming);
    if (body === undefined) return send(413, "request body too large\n");
    if (body === "") return send(400, "no body found\n");
    if (!/^application\/json\b/.test(incoming.headers["content-type"] ?? ""))
      return send(415, "invalid Content-Type, want `application/json`\n");
    const review = readReview(body);
    if (typeof review === "string") return send(400, `${review}\n`);
    const fault = faults.meet({ revision, namespace: review.namespace });
    if (fault?.kind === "hang" || fault?.kind === "reset") {
      calls.add(callOf(review, revision, path, "fault"));
      if (fault.kind === "reset") incoming.socket.destroy();
      return;
    }
    if (fault?.kind === "slow") await delay(fault.ms);
    const current = config.current();
    if (current === undefined) {
      calls.add(callOf(review, revision, path, "unavailable"));
      return send(503, `${config.problem() ?? "no configuration"}\n`);
    }
    const context = {
      config: current,
      revision,
      namespace: review.namespace,
      nativeSidecars: own.nativeSidecars ?? isNative(current.values),
      path,
      proxyConfigs: options.proxyConfigs?.() ?? [],
    };
    const answer = answerReview(review, context, fault);
    calls.add(callOf(review, revision, path, answer.outcome));
    send(answer.status, answer.body, answer.contentType);
  };
  const delay = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, () => {
        cancels.delete(cancel);
        resolve();
      });
      cancels.add(cancel);
    });
  const addRevision = async (added: RevisionOptions): Promise<void> => {
    const { revision, namespace = "istio-system", port = 0 } = added;
    if (served.has(revision)) throw new Error(`the injector serves the revision ${JSON.stringify(revision)} already`);
    const name = `istiod${suffix(revision)}.${namespace}`;
    const hosts = ["localhost", "127.0.0.1", host, `${name}.svc`, `${name}.svc.cluster.local`, name];
    const issued = issueCertificate({
      commonName: name,
      usage: "server",
      issuer: authority,
      hosts: [...new Set(hosts)],
      ...dates,
    });
    const server = createServer({ key: issued.key, cert: issued.certificate }, (incoming, outgoing) => {
      handle(revision, incoming, outgoing).catch(() => incoming.socket.destroy());
    });
    server.listen(port, host);
    await once(server, "listening");
    const changed = (): void => {
      for (const look of waiting) look();
    };
    const config = followConfig({ source, namespace, revision, clock, delayMs: () => delayMs, changed });
    served.set(revision, { options: added, config, server, port: (server.address() as AddressInfo).port });
    changed();
  };
  const removeRevision = async (revision: string): Promise<void> => {
    const { config, server } = of(revision);
    served.delete(revision);
    config.stop();
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  const stop = async (): Promise<void> => {
    for (const cancel of cancels) cancel();
    for (const revision of served.keys()) await removeRevision(revision);
  };
  try {
    for (const one of options.revisions ?? []) await addRevision(one);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    authority: authority.certificate,
    calls,
    fault: faults.add,
    setDelay: (ms) => void (delayMs = ms),
    addRevision,
    removeRevision,
    url: (revision = "") => `https://${host}:${of(revision).port}/inject`,
    address: (revision = "") => ({ host, port: of(revision).port }),
    tag: (revision = "") => tag(revision),
    problem: (revision = "") => of(revision).config.problem(),
    serves: (revision, wanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (tag(revision) !== wanted) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    stop,
  };
}

function tagOf(config: RevisionConfig | undefined): string | undefined {
  const global = config?.current()?.values["global"] as JsonObject | undefined;
  const found = global?.["tag"];
  return found === undefined ? undefined : String(found as string | number);
}

/** Undefined if it is too long. */
function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= mostBody) chunks.push(chunk);
      else resolve(undefined);
    });
    incoming.on("error", reject);
    incoming.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}
