/**
 * The embedded API server without an API: what TLS, HTTP/2, authentication and headers cost, by a handler that answers
 * with the same bytes always. A client in a process of its own has 50 requests under way on one connection; then 1,000
 * watchers on 10 connections get 100 events a second each.
 *   node --conditions=@fairlead/source bench/sim/serve.ts [--short]
 * Processor times are of the server's process alone, so they hardly depend on what else the machine does.
 */
import { fork, type ChildProcess } from "node:child_process";
import { connect, type ClientHttp2Session } from "node:http2";
import { once } from "node:events";
import { createClusterCertificates } from "../../packages/sim/src/serve/certificates/cluster-certificates.ts";
import type { Handler } from "../../packages/sim/src/serve/serve-exchange.ts";
import { startServer } from "../../packages/sim/src/serve/server.ts";
import { systemClock } from "../../packages/sim/src/serve/system-clock.ts";

const short = process.argv.includes("--short");
const requests = short ? 5_000 : 30_000;
const rounds = short ? 2 : 4;
const watchers = 1_000;
const eventsPerSecond = 100;
const seconds = short ? 2 : 5;

type Task =
  | {
      readonly kind: "requests";
      readonly url: string;
      readonly ca: string;
      readonly method: string;
      readonly count: number;
    }
  | { readonly kind: "watch"; readonly url: string; readonly ca: string; readonly expected: number };

/** The client's side: says how long it took. */
async function runClient(task: Task): Promise<number> {
  const { url, ca } = task;
  const started = performance.now();
  if (task.kind === "requests") {
    const session = connect(url, { ca });
    let left = task.count;
    const work = async (): Promise<void> => {
      while (left-- > 0) await request(session, task.method);
    };
    await Promise.all(Array.from({ length: 50 }, work));
    session.close();
  } else await watchAll(url, ca, task.expected);
  return performance.now() - started;
}

function request(session: ClientHttp2Session, method: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const head = {
      ":method": method,
      ":path": "/api/v1/namespaces/default/configmaps/x",
      authorization: "Bearer 0123",
    };
    const stream = session.request(head);
    stream.on("error", reject).on("end", resolve).resume();
    if (method === "POST") stream.end(body);
  });
}

/** Until all have got so many bytes. */
async function watchAll(url: string, ca: string, expected: number): Promise<void> {
  const sessions = Array.from({ length: 10 }, () => connect(url, { ca }));
  let received = 0;
  await new Promise<void>((resolve, reject) => {
    for (let i = 0; i < watchers; i++) {
      const stream = sessions[i % sessions.length]!.request({ ":path": "/watch" });
      stream.on("error", reject);
      stream.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received >= expected) resolve();
      });
    }
  });
  for (const session of sessions) session.destroy();
}

const body = Buffer.alloc(1_500, "a");
const frame = Buffer.from(`${JSON.stringify({ type: "MODIFIED", object: "x".repeat(450) })}\n`);

interface Sinks {
  readonly all: Set<{ write(bytes: Uint8Array): boolean }>;
}

function handler(sinks: Sinks): Handler {
  return ({ path }) =>
    Promise.resolve(
      path === "/watch"
        ? {
            kind: "stream",
            contentType: "application/json",
            start(sink) {
              sinks.all.add(sink);
              return () => void sinks.all.delete(sink);
            },
          }
        : { kind: "body", status: 200, contentType: "application/json", body: [body] },
    );
}

async function inChild(child: ChildProcess, task: Task): Promise<number> {
  child.send(task);
  const [ms] = (await once(child, "message")) as [number];
  return ms;
}

function print(what: string, ...figures: readonly string[]): void {
  process.stdout.write(`| ${[what, ...figures].join(" | ")} |\n`);
}

async function main(): Promise<void> {
  const certificates = createClusterCertificates({ clock: systemClock });
  const sinks: Sinks = { all: new Set() };
  const user = { name: "admin", groups: ["system:masters"] };
  const server = await startServer({
    handle: handler(sinks),
    authenticator: { authenticate: () => Promise.resolve({ kind: "user", user }) },
    certificates,
    clock: systemClock,
    random: () => 0.5,
  });
  const common = { url: server.url, ca: certificates.authority.certificate };
  const child = fork(import.meta.filename, ["--client"], { execArgv: process.execArgv });
  print("", "best of several rounds", "processor time of each", "target");
  print("---", "---:", "---:", "---");
  for (const method of ["GET", "POST"]) {
    let [best, cheapest] = [0, Infinity];
    for (let round = 0; round <= rounds; round++) {
      const before = process.cpuUsage();
      const ms = await inChild(child, { ...common, kind: "requests", method, count: requests });
      const { user: own, system } = process.cpuUsage(before);
      // The first round warms up.
      if (round === 0) continue;
      best = Math.max(best, requests / (ms / 1000));
      cheapest = Math.min(cheapest, (own + system) / requests);
    }
    print(`${method}, 50 at once`, `${Math.round(best)}/s`, `${cheapest.toFixed(0)} µs`, "3,700/s: kube-apiserver's");
  }

  const events = eventsPerSecond * seconds;
  const watching = inChild(child, { ...common, kind: "watch", expected: events * watchers * frame.length });
  while (sinks.all.size < watchers) await new Promise((resolve) => setImmediate(resolve));
  const before = process.cpuUsage();
  const started = performance.now();
  for (let sent = 0; sent < events; sent++) {
    const due = (sent * 1000) / eventsPerSecond - (performance.now() - started);
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due));
    for (const sink of sinks.all) sink.write(frame);
  }
  const sentMs = performance.now() - started;
  await watching;
  const behind = performance.now() - started - sentMs;
  const { user: own, system } = process.cpuUsage(before);
  const each = (own + system) / (events * watchers);
  const speed = `${Math.round((events / sentMs) * 1000)} events/s, the last seen ${Math.max(0, behind).toFixed(0)} ms later`;
  print(`${watchers} watchers of ${eventsPerSecond} events/s`, speed, `${each.toFixed(1)} µs`, "not falling behind");
  child.disconnect();
  await server.close();
}

if (process.argv.includes("--client")) {
  process.on("message", (task: Task) => void runClient(task).then((ms) => process.send!(ms)));
} else if (import.meta.main) await main();
