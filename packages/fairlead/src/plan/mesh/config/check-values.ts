import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  labelKeyProblem,
  labelValueProblem,
  type FieldPath,
  type JsonValue,
} from "@fairlead/apimachinery";
import { seconds } from "../../shared/duration.ts";

/** A value that its schema allows and that cannot be what it is for. */
export interface ValueProblem {
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
}

type Check = (text: string) => string | undefined;

const unless =
  (allowed: readonly string[], check: Check): Check =>
  (text) =>
    allowed.includes(text) ? undefined : check(text);

const hostName: Check = (text) => dns1123SubdomainProblem(text.toLowerCase());

const placeholders = ["{env}", "{identity}", "{suffix}"];

const template: Check = (text) => {
  const foreign = (text.match(/\{[^}]*\}?/g) ?? []).find((part) => !placeholders.includes(part));
  if (foreign !== undefined) return `${foreign} stands for nothing: the template knows ${placeholders.join(", ")}`;
  if (!text.includes("{identity}")) return "without {identity} all services would have one name";
  return hostName(text.replace(/\{\w+\}/g, "a"));
};

const gatewayName: Check = (text) => {
  const [namespace = "", name, ...rest] = text.split("/");
  if (name === undefined || rest.length > 0) return "a Gateway is named as NAMESPACE/NAME";
  return dns1123LabelProblem(namespace) ?? dns1123SubdomainProblem(name);
};

const address: Check = (text) =>
  text.includes(":")
    ? /^[0-9a-fA-F:.]{2,45}$/.test(text)
      ? undefined
      : "not an address, and a port has its own field"
    : hostName(text.replace(/\.$/, ""));

const aboveZero: Check = (text) => ((seconds(text) ?? 0) > 0 ? undefined : "must be more than 0s");

const proxyVersion: Check = (text) =>
  /^\d{1,4}(\.\d{1,4}){0,2}$/.test(text) ? undefined : "a version such as 1.20 is expected";

/** Fields by path, list items as `[]`; `{}` stands for the keys and `{=}` for the values of a map. */
const checks: { readonly [path: string]: Check } = {
  syncNamespace: dns1123LabelProblem,
  "names.suffix": hostName,
  "names.template": template,
  "names.additionalSuffixes[]": hostName,
  "names.additionalSuffixLabels[]": unless(["*"], labelKeyProblem),
  "names.clusterSet": unless([""], hostName),
  "names.keepCaseAnnotation": labelKeyProblem,
  "workloads.identityKey": labelKeyProblem,
  "workloads.envKey": labelKeyProblem,
  "workloads.injectAnnotation": labelKeyProblem,
  "workloads.ignoreLabel": labelKeyProblem,
  "workloads.ignoreAnnotation": labelKeyProblem,
  "workloads.partitionKey": unless([""], labelKeyProblem),
  "workloads.regionLabels[]": labelKeyProblem,
  "workloads.zoneLabels[]": labelKeyProblem,
  "policies.identityKey": labelKeyProblem,
  "policies.priorityKey": labelKeyProblem,
  "dependencies.namespace": unless(["*"], dns1123LabelProblem),
  "sidecars.name": dns1123SubdomainProblem,
  "gateways.namespace": dns1123LabelProblem,
  "gateways.selectors[]{}": labelKeyProblem,
  "gateways.selectors[]{=}": labelValueProblem,
  "addresses.store": dns1123SubdomainProblem,
  "traffic.outlierDetection.baseEjectionTime": aboveZero,
  "traffic.outlierDetection.interval": aboveZero,
  "routing.ingress.gateways[]": gatewayName,
  "routing.ingress.exportTo[]": unless(["*", "."], dns1123LabelProblem),
  "filters.proxyVersions[]": proxyVersion,
  "filters.clientLabel": labelKeyProblem,
  "copies.ignoredMetadata[]": labelKeyProblem,
  "clusters[].trustDomain": hostName,
  "clusters[].domain": hostName,
  "clusters[].gateway.address": address,
  "clusters[].gateway.selector{}": labelKeyProblem,
  "clusters[].gateway.selector{=}": labelValueProblem,
  "registry.secretNamespace": dns1123LabelProblem,
  "registry.secretLabel.key": labelKeyProblem,
  "registry.secretLabel.value": labelValueProblem,
  "registry.syncPeriod": aboveZero,
};

/** What is wrong with single values of a MeshConfig's spec that its schema cannot say. */
export function valueProblems(spec: JsonValue): ValueProblem[] {
  const problems: ValueProblem[] = [];
  visit(spec, "", [], problems);
  return problems;
}

function visit(value: JsonValue, name: string, path: FieldPath, problems: ValueProblem[]): void {
  const say = (at: FieldPath, message: string | undefined): void => {
    if (message !== undefined) problems.push({ path: at, message });
  };
  if (typeof value === "string") return say(path, run(name, value));
  if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, `${name}[]`, [...path, index], problems));
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if (name === "gateways.selectors[]" && Object.keys(value).length === 0) {
    return say(path, "an empty selector is no gateway's");
  }
  for (const [key, item] of Object.entries(value)) {
    const below = Object.hasOwn(checks, `${name}{}`) ? `${name}{=}` : name === "" ? key : `${name}.${key}`;
    say([...path, key], run(`${name}{}`, key));
    if (item !== undefined) visit(item, below, [...path, key], problems);
  }
}

function run(name: string, text: string): string | undefined {
  return Object.hasOwn(checks, name) ? checks[name]!(text) : undefined;
}
