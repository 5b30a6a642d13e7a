import { get, isObject, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { callersOf } from "../../packages/fairlead/src/cli/mesh/callers.ts";
import type { Mesh } from "../../packages/fairlead/src/run/mesh/mesh.ts";
import type { Member } from "./member.ts";
import type { Expectation } from "./scenario.ts";
import type { Answers, Traffic } from "./traffic.ts";

/** What expectations are held against. */
export interface World {
  readonly members: readonly Member[];
  readonly mesh: Mesh;
  readonly traffic: Traffic;
  /** The address of each host when it was first seen: it never changes. */
  readonly addresses: Map<string, string>;
}

export interface Verdict {
  readonly ok: boolean;
  /** What was seen, in words. */
  readonly text: string;
  /** Nothing that comes later makes it good. */
  readonly isFinal?: boolean;
}

/** Percent that a share may be off: there are some hundred requests. */
const tolerance = 9;
const many = 240;
const few = 40;

export async function check(expectation: Expectation, world: World): Promise<Verdict> {
  const { kind } = expectation;
  if (kind === "finding") return findingVerdict(expectation, world.mesh.findings());
  const member = world.members.find(({ name }) => name === expectation.in);
  if (member === undefined) throw new Error(`there is no cluster ${expectation.in}`);
  switch (kind) {
    case "requests":
      return requestsVerdict(expectation, world);
    case "policy":
      return policyVerdict(expectation, world.mesh);
    case "unknown": {
      const entry = entryOf(await member.routing(), expectation.host);
      return {
        ok: entry === undefined,
        text: `in ${member.name}, ${expectation.host} is ${entry === undefined ? "unknown" : "known"}`,
      };
    }
    case "endpoints": {
      const entry = entryOf(await member.routing(), expectation.host);
      const seen = entry === undefined ? [] : endpointsOf(entry);
      const text = `in ${member.name}, ${expectation.host} leads to ${seen.join(" and ") || "nothing"}`;
      return wantedOrNot(seen.join() === [...expectation.are].sort().join(), text, expectation.are.join(" and "));
    }
    case "resolves":
      return resolvesVerdict(expectation, world, await member.routing());
  }
}

type Of<Kind extends Expectation["kind"]> = Extract<Expectation, { readonly kind: Kind }>;

function wantedOrNot(ok: boolean, text: string, wanted: string): Verdict {
  return { ok, text: ok ? text : `${text}, but ${wanted} was expected` };
}

function findingVerdict({ code, says }: Of<"finding">, findings: readonly Finding[]): Verdict {
  const found = findings.find((one) => one.code === code && one.message.includes(says));
  if (found !== undefined) return { ok: true, text: `${code}: ${found.message}` };
  const seen = findings.map((one) => `${one.code} ${one.message}`).join("; ");
  return { ok: false, text: `${code} ${says} was expected, but there is ${seen || "no finding"}` };
}

function policyVerdict({ policy, accepted, says, in: cluster }: Of<"policy">, mesh: Mesh): Verdict {
  const reports = mesh
    .reports()
    .filter(({ object: one }) => `${one.kind} ${one.namespace}/${one.name}` === policy && one.cluster === cluster);
  const [report] = reports;
  if (report === undefined) return { ok: false, text: `${policy}: nothing is said of it` };
  const text = `${policy}: ${report.accepted ? "accepted" : "not accepted"}, ${report.reason}${report.message === "" ? "" : `: ${report.message}`}`;
  return wantedOrNot(
    report.accepted === accepted && text.includes(says),
    text,
    `${accepted ? "accepted" : "not accepted"} ${says}`,
  );
}

function entryOf(objects: readonly KrmObject[], host: string): JsonValue | undefined {
  const entry = objects.find(
    ({ kind, ...one }) => kind === "ServiceEntry" && textsOf(get(one["spec"], "hosts")).includes(host),
  );
  return entry?.["spec"];
}

function endpointsOf(spec: JsonValue): readonly string[] {
  const endpoints = get(spec, "endpoints");
  return (Array.isArray(endpoints) ? endpoints : [])
    .map((one) => {
      const ports = get(one, "ports");
      return `${textOf(get(one, "address"))}:${isObject(ports) ? Object.values(ports).join() : ""}`;
    })
    .sort();
}

const textsOf = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.map(textOf) : []);

/** What Istio's DNS proxy answers a pod: the addresses of the ServiceEntry, if the pod's namespace sees it. */
function resolvesVerdict(
  { host, in: cluster, from }: Of<"resolves">,
  { addresses, mesh }: World,
  objects: readonly KrmObject[],
): Verdict {
  const entry = entryOf(objects, host) ?? null;
  const exportTo = textsOf(get(entry, "exportTo"));
  const namespace = callersOf(mesh.fleet(), from, cluster)[0]?.namespace ?? "default";
  const [address = ""] = textsOf(get(entry, "addresses"));
  if (address === "" || (exportTo.length > 0 && !exportTo.includes("*") && !exportTo.includes(namespace))) {
    return { ok: false, text: `in ${cluster}, ${host} does not resolve for ${from}` };
  }
  const before = addresses.get(host) ?? address;
  addresses.set(host, before);
  return wantedOrNot(address === before, `in ${cluster}, ${host} is ${address} for ${from}`, before);
}

async function requestsVerdict(
  { url, in: cluster, from, shares, errors }: Of<"requests">,
  { mesh, traffic }: World,
): Promise<Verdict> {
  const [caller] = callersOf(mesh.fleet(), from, cluster);
  if (caller === undefined) return { ok: false, text: `nothing with the identity ${from} runs in ${cluster}` };
  const wanted = Object.entries(shares);
  const count = wanted.some(([, share]) => share > 0 && share < 100) ? many : few;
  const answers = await traffic.ask(caller, url, count);
  const seen = wanted.map(([server]) => percentOf(answers, server));
  const strangers = [...answers.by.keys()].filter((one) => !wanted.some(([server]) => matches(one, server)));
  const near = wanted.every(([, share], index) =>
    share === 0 || share === 100 ? seen[index] === share : Math.abs(seen[index]! - share) <= tolerance,
  );
  const ok = near && strangers.length === 0 && answers.failed <= errors;
  const parts = [...answers.by].sort().map(([server]) => `${server} ${Math.round(percentOf(answers, server))} %`);
  const failed = answers.failed === 0 ? "" : `, ${answers.failed} of ${count} failed`;
  const text = `${url} from ${from} in ${cluster}: ${parts.join(", ") || "no answer"}${failed}`;
  const words = `${wanted.map(([server, share]) => `${server} ${share} %`).join(", ")}, at most ${errors} failed`;
  return { ...wantedOrNot(ok, text, words), isFinal: answers.failed > errors };
}

function percentOf({ by }: Answers, server: string): number {
  const all = [...by].reduce((sum, [, count]) => sum + count, 0);
  const own = [...by].reduce((sum, [name, count]) => sum + (matches(name, server) ? count : 0), 0);
  return all === 0 ? 0 : (own / all) * 100;
}

/** `cluster-1/orders` is a part of `cluster-1`. */
const matches = (name: string, server: string): boolean => name === server || name.startsWith(`${server}/`);
