import {
  dns1123SubdomainProblem,
  get,
  isObject,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, tooLong } from "../../field-problem.ts";
import { ipProblems } from "./addresses.ts";
import { listOf, objections, text, type Problems } from "./checks.ts";

const mostServers = 3;
const mostSearches = 32;
const longestSearches = 2048;

/** What is wrong with the `dnsConfig` of a pod. */
export function* dnsProblems(spec: JsonObject, specAt: string): Problems {
  const at = `${specAt}.dnsConfig`;
  const config = spec["dnsConfig"];
  const servers = listOf(get(config, "nameservers"));
  if (spec["dnsPolicy"] === "None") {
    if (!isObject(config)) {
      yield requiredValue(at, "must provide `dnsConfig` when `dnsPolicy` is None");
      return;
    }
    if (servers.length === 0) {
      yield requiredValue(`${at}.nameservers`, "must provide at least one DNS nameserver when `dnsPolicy` is None");
      return;
    }
  }
  if (servers.length > mostServers) {
    yield invalidValue(`${at}.nameservers`, servers, `must not have more than ${mostServers} nameservers`);
  }
  for (const [index, server] of servers.entries()) yield* ipProblems(`${at}.nameservers[${index}]`, textOf(server));
  yield* searchProblems(listOf(get(config, "searches")), `${at}.searches`);
  for (const [index, option] of listOf(get(config, "options")).entries()) {
    if (text(option, "name") === "") yield requiredValue(`${at}.options[${index}]`, "must not be empty");
  }
}

function* searchProblems(searches: readonly JsonValue[], at: string): Problems {
  if (searches.length > mostSearches) {
    yield invalidValue(at, searches, `must not have more than ${mostSearches} search paths`);
  }
  if (Buffer.byteLength(searches.map(textOf).join(" ")) > longestSearches) {
    const why = `must not have more than ${longestSearches} characters (including spaces) in the search list`;
    yield invalidValue(at, searches, why);
  }
  for (const [index, one] of searches.entries()) {
    if (one === ".") continue;
    const name = textOf(one).replace(/\.$/, "");
    yield* objections(`${at}[${index}]`, name, searchProblem(name));
  }
}

const label = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const search = new RegExp(`^${label}(\\.${label})*$`);

/** A subdomain whose labels may have underscores. */
function searchProblem(name: string): string | undefined {
  const problems: string[] = [];
  if (Buffer.byteLength(name) > 253) problems.push("must be no more than 253 bytes");
  if (!search.test(name)) {
    problems.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
    );
  }
  return problems.length === 0 ? undefined : problems.join("; ");
}

/** What is wrong with `hostAliases`. */
export function* hostAliasProblems(list: JsonValue | undefined, at: string): Problems {
  for (const [index, alias] of listOf(list).entries()) {
    yield* ipProblems(`${at}[${index}].ip`, text(alias, "ip"));
    for (const [which, name] of listOf(get(alias, "hostnames")).entries()) {
      yield* objections(`${at}[${index}].hostnames[${which}]`, name, dns1123SubdomainProblem(textOf(name)));
    }
  }
}

const longestHostname = 64;

/** What is wrong with `hostnameOverride`. */
export function* hostnameProblems(spec: JsonObject, specAt: string): Problems {
  const at = `${specAt}.hostnameOverride`;
  const name = spec["hostnameOverride"];
  if (typeof name !== "string") return;
  if (spec["setHostnameAsFQDN"] === true) {
    yield forbiddenValue(at, "may not be specified when setHostnameAsFQDN is true");
  }
  if (spec["hostNetwork"] === true) yield forbiddenValue(at, "may not be specified when hostNetwork is true");
  if (Buffer.byteLength(name) > longestHostname) yield tooLong(at, longestHostname);
  yield* objections(at, name, dns1123SubdomainProblem(name));
}
