import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  get,
  isObject,
  type JsonObject,
  type JsonValue,
  portNameProblem,
  textOf,
  wildcardSubdomainProblem,
} from "@fairlead/apimachinery";
import { invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { isSet, listOf, objections, portNumber, specOf, text, type Problems } from "./checks.ts";
import { isAddress } from "./addresses.ts";

export function* ingressProblems(ingress: JsonObject): Problems {
  const { rules, defaultBackend, tls, ingressClassName } = specOf(ingress);
  if (listOf(rules).length === 0 && !isObject(defaultBackend)) {
    yield invalidValue("spec", null, "either `defaultBackend` or `rules` must be specified");
  }
  if (isObject(defaultBackend)) yield* backendProblems(defaultBackend, "spec.defaultBackend");
  for (const [index, rule] of listOf(rules).entries()) yield* ruleProblems(rule, `spec.rules[${index}]`);
  for (const [index, one] of listOf(tls).entries()) {
    for (const [which, host] of listOf(get(one, "hosts")).entries()) {
      const name = textOf(host);
      const check = name.includes("*") ? wildcardSubdomainProblem : dns1123SubdomainProblem;
      yield* objections(`spec.tls[${index}].hosts[${which}]`, name, check(name));
    }
    const secret = text(one, "secretName");
    if (secret !== "") yield* objections(`spec.tls[${index}].secretName`, secret, dns1123SubdomainProblem(secret));
  }
  if (isSet(ingressClassName)) {
    const name = textOf(ingressClassName);
    yield* objections("spec.ingressClassName", name, dns1123SubdomainProblem(name));
  }
}

function* ruleProblems(rule: JsonValue, at: string): Problems {
  const host = text(rule, "host");
  if (host !== "") {
    if (isAddress(host)) yield invalidValue(`${at}.host`, host, "must be a DNS name, not an IP address");
    const check = host.includes("*") ? wildcardSubdomainProblem : dns1123SubdomainProblem;
    yield* objections(`${at}.host`, host, check(host));
  }
  const http = get(rule, "http");
  if (!isObject(http)) return;
  const paths = listOf(http["paths"]);
  if (paths.length === 0) yield requiredValue(`${at}.http.paths`);
  for (const [index, path] of paths.entries()) yield* pathProblems(path, `${at}.http.paths[${index}]`);
}

const pathTypes = ["Exact", "ImplementationSpecific", "Prefix"];
const invalidSequences = ["//", "/./", "/../", "%2f", "%2F"];
const invalidEnds = ["/..", "/."];

function* pathProblems(path: JsonValue, at: string): Problems {
  const [value, type] = [text(path, "path"), get(path, "pathType")];
  const isRelative = !value.startsWith("/");
  if (!isSet(type)) yield requiredValue(`${at}.pathType`, "pathType must be specified");
  else if (type === "Exact" || type === "Prefix") {
    if (isRelative) yield invalidValue(`${at}.path`, value, "must be an absolute path");
    for (const one of invalidSequences) {
      if (value.includes(one)) yield invalidValue(`${at}.path`, value, `must not contain '${one}'`);
    }
    for (const one of invalidEnds) {
      if (value.endsWith(one)) yield invalidValue(`${at}.path`, value, `cannot end with '${one}'`);
    }
  } else if (type === "ImplementationSpecific") {
    if (value !== "" && isRelative) yield invalidValue(`${at}.path`, value, "must be an absolute path");
  } else yield unsupportedValue(`${at}.pathType`, type, pathTypes);
  const backend = get(path, "backend");
  yield* backendProblems(isObject(backend) ? backend : {}, `${at}.backend`);
}

function* backendProblems(backend: JsonObject, at: string): Problems {
  const { service, resource } = backend;
  if (isObject(service) && isObject(resource)) {
    yield invalidValue(at, "", "cannot set both resource and service backends");
    return;
  }
  if (isObject(resource)) {
    for (const key of ["kind", "name"]) if (text(resource, key) === "") yield requiredValue(`${at}.resource.${key}`);
    return;
  }
  if (!isObject(service)) {
    yield invalidValue(at, "", "resource or service backend is required");
    return;
  }
  const name = text(service, "name");
  if (name === "") yield requiredValue(`${at}.service.name`);
  else yield* objections(`${at}.service.name`, name, dns1123LabelProblem(name));
  const [portName, number] = [text(service, "port", "name"), get(service["port"], "number") ?? 0];
  if (portName !== "" && number !== 0) yield invalidValue(at, "", "cannot set both port name & port number");
  else if (portName !== "") yield* objections(`${at}.service.port.name`, portName, portNameProblem(portName));
  else if (number !== 0) yield* portNumber(`${at}.service.port.number`, number);
  else yield requiredValue(at, "port name or number is required");
}

export function* ingressClassProblems(ingressClass: JsonObject): Problems {
  const controller = text(specOf(ingressClass), "controller");
  if (controller.length > 250) {
    yield {
      field: "spec.controller",
      reason: "FieldValueTooLong",
      message: "Too long: may not be more than 250 bytes",
    };
  }
  if (controller === "") yield requiredValue("spec.controller");
  else if (!/^[^/\s]+\/[^\s]+$/.test(controller)) {
    yield invalidValue("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")');
  }
}

/** The controller of a class stays. */
export function* ingressClassChange(now: JsonObject, old: JsonObject): Problems {
  if (text(specOf(now), "controller") === text(specOf(old), "controller")) return;
  yield invalidValue("spec.controller", text(specOf(now), "controller"), "field is immutable");
}
