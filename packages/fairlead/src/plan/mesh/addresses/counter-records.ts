import { get, isObject } from "@fairlead/apimachinery";
import { type Finding, parseStream } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import { familyOf } from "./range.ts";
import type { AddressStore } from "./store.ts";

/** The key of the ConfigMap under which everything stands. */
export const counterKey = "serviceEntryAddressStore";

/** What the predecessor's ConfigMap says. */
export interface CounterRecords {
  /** By the name of the ServiceEntry. */
  readonly entries: ReadonlyMap<string, string>;
  /** In the order of their allocation; one for each entry. */
  readonly addresses: readonly string[];
  /** How the list is written: `[a, b]`, or one in a line. */
  readonly flow: boolean;
  readonly broken: boolean;
  readonly findings: readonly Finding[];
}

/** Reads the ConfigMap. One that is not there is empty; one that cannot be read, or contradicts itself, is broken. */
export function readCounter(store: AddressStore | undefined): CounterRecords {
  const text = store?.data[counterKey] ?? "";
  const flow = !/^addresses:[ \t]*$/m.test(text);
  const entries = new Map<string, string>();
  const empty = { entries, addresses: [], flow, broken: false, findings: [] };
  if (store === undefined || text.trim() === "") return empty;
  const broken = (message: string): CounterRecords => ({
    ...empty,
    entries,
    broken: true,
    findings: [
      meshFinding("FL811", {
        message: `${store.name}: ${message}`,
        object: { apiVersion: "v1", kind: "ConfigMap", name: store.name },
      }),
    ],
  });

  const { documents, findings } = parseStream(text);
  const value = documents[0]?.value;
  if (documents.length !== 1 || !isObject(value) || findings.some(({ severity }) => severity === "error")) {
    return broken(`${counterKey} cannot be read`);
  }
  const listed = get(value, "addresses") ?? [];
  const named = get(value, "entry-addresses") ?? {};
  if (!Array.isArray(listed) || !isObject(named))
    return broken("addresses and entry-addresses are not a list and a map");
  const owners = new Map<string, string>();
  let problem: string | undefined;
  for (const [name, address] of Object.entries(named)) {
    if (typeof address !== "string" || familyOf(address) !== 4) {
      problem = `the address of ${name} cannot be read`;
      continue;
    }
    const owner = owners.get(address);
    if (owner !== undefined) problem = `${owner} and ${name} have the same address ${address}`;
    else owners.set(address, name);
    entries.set(name, address);
  }
  if (problem !== undefined) return broken(problem);
  const addresses = listed.filter((address) => typeof address === "string");
  if (addresses.length !== listed.length || addresses.length !== entries.size) {
    return broken(`it has ${entries.size} entries and ${listed.length} addresses`);
  }
  return { ...empty, addresses };
}

/** As the predecessor writes it: https://pkg.go.dev/gopkg.in/yaml.v2@v2.4.0 of its two fields. */
export function printCounter({ entries, addresses, flow }: Omit<CounterRecords, "broken" | "findings">): string {
  const lines = [...entries].sort(([a], [b]) => compareKeys(a, b)).map(([name, address]) => `  ${name}: ${address}\n`);
  return `entry-addresses:${lines.length === 0 ? " {}\n" : `\n${lines.join("")}`}${flow ? flowList(addresses) : blockList(addresses)}`;
}

function blockList(addresses: readonly string[]): string {
  return addresses.length === 0 ? "addresses: []\n" : `addresses:\n${addresses.map((one) => `- ${one}\n`).join("")}`;
}

/** An item that would start behind column 80 starts on a line of its own. */
function flowList(addresses: readonly string[]): string {
  let text = "";
  let line = "addresses: [";
  for (const [at, address] of addresses.entries()) {
    if (at > 0) line += ",";
    if (line.length > 80) {
      text += `${line}\n`;
      line = `  ${address}`;
    } else line += at > 0 ? ` ${address}` : address;
  }
  return `${text}${line}]\n`;
}

/** The order of keys in yaml.v2: letters behind everything else, runs of digits as numbers. */
function compareKeys(a: string, b: string): number {
  const isLetter = (c: string) => /\p{L}/u.test(c);
  const isDigit = (c: string | undefined) => c !== undefined && /\p{Nd}/u.test(c);
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const x = left[i]!;
    const y = right[i]!;
    if (x === y) continue;
    if (isLetter(x) && isLetter(y)) return x < y ? -1 : 1;
    if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
    let zeros = "";
    if (x === "0" || y === "0") {
      for (let j = i - 1; j >= 0 && isDigit(left[j]); j--) {
        if (left[j] === "0") continue;
        zeros = "1";
        break;
      }
    }
    let m = i;
    while (isDigit(left[m])) m++;
    let n = i;
    while (isDigit(right[n])) n++;
    const one = BigInt(zeros + left.slice(i, m).join("") || "0");
    const other = BigInt(zeros + right.slice(i, n).join("") || "0");
    if (one !== other) return one < other ? -1 : 1;
    if (m !== n) return m - n;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
