/**
 * What each request costs the embedded API server without sockets: processor time of this process for each, the least of
 * several rounds.
 *   node --conditions=@fairlead/source bench/sim/verbs.ts [--short] [--only=TEXT]
 */
import { systemClock } from "../../packages/sim/src/serve/system-clock.ts";
import type { ApiRequest } from "../../packages/sim/src/api/request.ts";
import { createCore } from "../../packages/sim/src/cluster/core.ts";
import { seededRandom } from "../../packages/sim/src/cluster/random.ts";
import { createStore } from "../../packages/sim/src/store/memory-store.ts";
import { benchDefinition, objectsThere, workNamespace, workOf, type Work } from "./work.ts";

const short = process.argv.includes("--short");
const only = process.argv.find((one) => one.startsWith("--only="))?.slice(7) ?? "";
const there = 500;
const requests = short ? 500 : 2_000;
const rounds = short ? 3 : 6;

const admin = { name: "admin", groups: ["system:masters", "system:authenticated"] };
const { signal } = new AbortController();
const core = createCore({
  store: createStore(),
  clock: systemClock,
  random: seededRandom(1),
  address: () => "127.0.0.1:6443",
  onError: (error) => {
    throw error;
  },
  disabledAdmission: ["ServiceAccount"],
});

async function ask(method: string, path: string, contentType: string, body: Uint8Array): Promise<void> {
  const [pathname = "", query = ""] = path.split("?");
  const headers = { "content-type": contentType, accept: "application/json", "user-agent": "bench" };
  const request: ApiRequest = {
    method,
    path: pathname,
    query: new URLSearchParams(query),
    headers,
    body,
    user: admin,
    signal,
  };
  const response = await core.handle(request);
  if (response.kind !== "body" || response.status >= 300) {
    const text = response.kind === "body" ? Buffer.concat(response.body).toString().slice(0, 500) : response.kind;
    throw new Error(`${method} ${path}: ${text}`);
  }
}

const nothing = new Uint8Array();
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Microseconds for each request. */
async function costOf(work: Work, round: number): Promise<number> {
  const count = Math.ceil(requests * work.share);
  const bodies = Array.from({ length: count }, (_, i) =>
    work.body === undefined ? nothing : bytesOf(work.body(i, round * 100 + Math.floor(i / there))),
  );
  const before = process.threadCpuUsage();
  for (let i = 0; i < count; i++) {
    await ask(work.method, work.path(i), work.contentType ?? "application/json", bodies[i]!);
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / count;
}

await ask(
  "POST",
  "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  "application/json",
  bytesOf(benchDefinition),
);
await ask("POST", "/api/v1/namespaces", "application/json", bytesOf({ metadata: { name: workNamespace } }));
await new Promise((resolve) => setTimeout(resolve, 100));
for (const { path, object } of objectsThere(there)) await ask("POST", path, "application/json", bytesOf(object));

process.stdout.write("| request, in process | µs of processor time each |\n|---|---:|\n");
for (const work of workOf(there, "v").filter(({ name }) => name.includes(only))) {
  let least = Infinity;
  for (let round = 0; round <= rounds; round++) {
    const cost = await costOf(work, round);
    if (round > 0) least = Math.min(least, cost);
  }
  process.stdout.write(`| ${work.name} | ${least.toFixed(0)} |\n`);
}
core.close();
process.exit(0);
