import { compareText, equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { Difference, ProxyField } from "../model/decision.ts";
import type { ProxyShape } from "../model/facts.ts";
import type { CompareSettings } from "../model/settings.ts";
import { canonical, sha256 } from "../observe/canonical.ts";
import { compareImages } from "./image.ts";

/** A difference of one pod, before it is known how many have it. */
export type Found = Omit<Difference, "pods">;

export interface DifferenceOptions {
  /** Fields that can be told, where the template is known in part. */
  readonly only?: readonly ProxyField[] | undefined;
  /**
   * Whether the expected proxy is all that a new pod would have. If not, as where the injector alone was asked, variables and
   * resources that a pod has beyond it may be of another webhook, or a LimitRange: they are reported, and restart nothing.
   */
  readonly isWhole?: boolean;
}

/** Longest value that a table or an Event shows. */
const longest = 200;

/**
 * What differs between a pod's proxy and the expected one, sorted by field. Fields that the settings ignore are left out.
 */
export function differencesOf(
  actual: ProxyShape | undefined,
  expected: ProxyShape | undefined,
  compare: CompareSettings,
  { only, isWhole = false }: DifferenceOptions = {},
): readonly Found[] {
  if (actual === expected) return [];
  const cache = cacheOf(compare, `${isWhole} ${only?.join() ?? ""}`);
  const byExpected = actual === undefined ? cache.none : within(cache.actual, actual, () => new Map());
  let found = byExpected.get(expected);
  if (found === undefined) {
    found = all(actual, expected, compare, isWhole).filter(({ field }) => only === undefined || only.includes(field));
    if (byExpected.size >= mostCached) byExpected.clear();
    byExpected.set(expected, found);
  }
  return found;
}

type ByExpected = Map<ProxyShape | undefined, readonly Found[]>;
interface Cache {
  readonly actual: WeakMap<ProxyShape, ByExpected>;
  readonly none: ByExpected;
}
const mostCached = 64;
const caches = new WeakMap<CompareSettings, Map<string, Cache>>();

function cacheOf(compare: CompareSettings, key: string): Cache {
  const ofSettings = within(caches, compare, () => new Map<string, Cache>());
  let cache = ofSettings.get(key);
  if (cache === undefined) ofSettings.set(key, (cache = { actual: new WeakMap(), none: new Map() }));
  return cache;
}

function within<K extends object, V>(map: WeakMap<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function all(
  actual: ProxyShape | undefined,
  expected: ProxyShape | undefined,
  compare: CompareSettings,
  isWhole: boolean,
): Found[] {
  const found: Found[] = [];
  const add = (field: ProxyField, from: string, to: string, certain = true): void => {
    const effect = compare.fields[field];
    if (effect === "ignore") return;
    found.push({ field, from: shown(from), to: shown(to), effect: certain ? effect : "report" });
  };
  if (actual === undefined || expected === undefined) {
    if (expected !== undefined) add("added", "none", expected.image);
    else if (actual !== undefined) add("removed", actual.image, "none");
    return found;
  }
  const image = compareImages(actual.image, actual.digest, expected.image, compare.registry);
  if (image !== "same") add("image", actual.image, expected.image, image === "other");
  if (actual.revision !== expected.revision) add("revision", actual.revision || "none", expected.revision || "none");
  if (actual.placement !== expected.placement) add("placement", actual.placement, expected.placement);
  if (actual.init !== expected.init) add("init", actual.init, expected.init);
  for (const name of new Set([...Object.keys(actual.env), ...Object.keys(expected.env)])) {
    const [from, to] = [valueOf(actual, name), valueOf(expected, name)];
    if (from !== to) add("env", variable(name, from), variable(name, to), isWhole || to !== undefined);
  }
  const args = [actual.args, expected.args].map((one) => JSON.stringify(one)) as [string, string];
  if (args[0] !== args[1]) add("args", args[0], args[1]);
  const resources = [actual.resources, expected.resources].map(canonical) as [string, string];
  if (resources[0] !== resources[1]) {
    add("resources", resources[0], resources[1], isWhole || !hasAll(actual.resources, expected.resources));
  }
  return found.sort((a, b) => compareText(a.field, b.field) || compareText(a.to, b.to) || compareText(a.from, b.from));
}

/** Whether one has all that the other has, and perhaps more. */
function hasAll(one: JsonObject, other: JsonObject): boolean {
  return Object.entries(other).every(([key, value]) => {
    const own = get(one, key);
    return isObject(value) && isObject(own) ? hasAll(own, value) : equal(own, value);
  });
}

function valueOf({ env }: ProxyShape, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

const secretName = /token|secret|passw|credential|private|api_?key/i;

function variable(name: string, value: string | undefined): string {
  if (value === undefined) return `${name} unset`;
  return `${name}=${secretName.test(name) ? `(hidden, ${sha256(value).slice(0, 8)})` : value}`;
}

function shown(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}… (${sha256(text).slice(0, 8)})` : text;
}

const targets = new WeakMap<ProxyShape, string>();

/** What pods should have, in short: 12 hexadecimal digits; of a removal `none`. */
export function targetOf(expected: ProxyShape | undefined): string {
  if (expected === undefined) return "none";
  let target = targets.get(expected);
  if (target === undefined) {
    const { digest: _, resources, ...rest } = expected;
    const value = { ...rest, args: [...rest.args], env: { ...rest.env }, resources };
    targets.set(expected, (target = sha256(canonical(value)).slice(0, 12)));
  }
  return target;
}

/** The same of pods that should have different proxies. */
export function targetOfAll(expected: readonly (ProxyShape | undefined)[]): string {
  const distinct = [...new Set(expected.map(targetOf))].sort(compareText);
  return distinct.length === 1 ? distinct[0]! : sha256(distinct.join()).slice(0, 12);
}
