import {
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  equal,
  get,
  textOf,
  type JsonObject,
} from "@fairlead/apimachinery";
import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  requiredValue,
  tooLong,
  unsupportedValue,
} from "../../field-problem.ts";
import { listOf, specOf, text, type Problems } from "./checks.ts";
import { certificateProblem, requestProblem } from "./pem.ts";

const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

const formerSigner = "kubernetes.io/legacy-unknown";
const shortestLife = 600;

/** What is wrong with a CertificateSigningRequest; what was wrong with it before an update may stay. */
export function* signingRequestProblems(
  request: JsonObject,
  { old }: { readonly old: JsonObject | undefined },
): Problems {
  const spec = specOf(request);
  const body = text(spec, "request");
  const why = requestProblem(Buffer.from(body, "base64"));
  if (why !== undefined) yield invalidValue("spec.request", body === "" ? null : body, why);
  const own = listOf(spec["usages"]).map(textOf);
  if (own.length === 0) yield requiredValue("spec.usages");
  const former = old === undefined ? [] : listOf(specOf(old)["usages"]).map(textOf);
  if (former.every((one) => usages.includes(one))) {
    for (const [index, one] of own.entries()) {
      if (!usages.includes(one)) yield unsupportedValue(`spec.usages[${index}]`, one, usages);
    }
  }
  if (new Set(former).size === former.length) {
    for (const [index, one] of own.entries()) {
      if (own.indexOf(one) < index) yield duplicateValue(`spec.usages[${index}]`, one);
    }
  }
  const signer = text(spec, "signerName");
  const isFormer = old !== undefined && text(specOf(old), "signerName") === formerSigner;
  if (signer === formerSigner && !isFormer) {
    yield invalidValue("spec.signerName", signer, "the legacy signerName is not allowed via this API version");
  } else yield* signerProblems(signer, "spec.signerName");
  const life = spec["expirationSeconds"];
  if (typeof life === "number" && life < shortestLife) {
    const short = `may not specify a duration less than ${shortestLife} seconds (10 minutes)`;
    yield invalidValue("spec.expirationSeconds", life, short);
  }
  yield* conditionProblems(request, old);
  const certificate = text(request["status"], "certificate");
  const before = text(old?.["status"], "certificate");
  if (certificate === before) return;
  const wrong = certificateProblem(Buffer.from(certificate, "base64"));
  if (wrong !== undefined) yield invalidValue("status.certificate", "<certificate data>", wrong);
}

/** `example.com/signer-name`: a domain, and a path whose parts are subdomains. */
export function* signerProblems(signer: string, at: string): Problems {
  if (signer === "") {
    yield requiredValue(at);
    return;
  }
  const [domain, path, ...more] = signer.split("/");
  if (path === undefined || more.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    yield invalidValue(at, signer, why);
    return;
  }
  if (Buffer.byteLength(domain!) > 253) yield tooLong(at, 253);
  yield* partProblems(domain!, at, dns1123LabelProblem);
  if (!domain!.includes(".")) {
    yield invalidValue(at, domain, "should be a domain with at least two segments separated by dots");
  }
  yield* partProblems(path, at, dns1123SubdomainProblem);
  if (Buffer.byteLength(signer) > 571) yield tooLong(at, 571);
}

/** The first part that is wrong. */
function* partProblems(value: string, at: string, check: (part: string) => string | undefined): Problems {
  for (const part of value.split(".")) {
    const why = check(part);
    if (why === undefined) continue;
    for (const one of why.split("; "))
      yield invalidValue(at, value, `validating label ${JSON.stringify(part)}: ${one}`);
    return;
  }
}

const decisions = ["Approved", "Denied"];
const onlyTrue = [...decisions, "Failed"];

function typesOf(request: JsonObject | undefined): readonly string[] {
  return listOf(get(request?.["status"], "conditions")).map((one) => text(one, "type"));
}

function* conditionProblems(request: JsonObject, old: JsonObject | undefined): Problems {
  const former = typesOf(old);
  const wasBoth = decisions.every((type) => former.includes(type));
  const hadTwice = new Set(former).size < former.length;
  const seen = new Set<string>();
  const at = "status.conditions";
  for (const [index, one] of listOf(get(request["status"], "conditions")).entries()) {
    const [type, state] = [text(one, "type"), text(one, "status")];
    if (type === "" && !former.includes("")) yield requiredValue(`${at}[${index}].type`);
    const known = onlyTrue.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (state === "") yield requiredValue(`${at}[${index}].status`);
    else if (!known.includes(state)) yield unsupportedValue(`${at}[${index}].status`, state, known);
    const other = decisions.find((decision) => decision !== type);
    if (!wasBoth && decisions.includes(type) && seen.has(other!)) {
      yield invalidValue(at, type, "Approved and Denied conditions are mutually exclusive");
    }
    if (seen.has(type) && !hadTwice) yield duplicateValue(`${at}[${index}].type`, type);
    seen.add(type);
  }
}

/** What of a request may not change: decisions are made through `approval` alone, certificates given through `status`. */
export function* signingRequestChange(request: JsonObject, old: JsonObject, subresource: string): Problems {
  const at = "status.conditions";
  const ofType = (one: JsonObject, type: string): JsonObject["x"][] =>
    listOf(get(one["status"], "conditions")).filter((condition) => text(condition, "type") === type);
  for (const type of onlyTrue) {
    if (ofType(request, type).length < ofType(old, type).length) {
      yield forbiddenValue(at, `updates may not remove a condition of type ${JSON.stringify(type)}`);
    }
  }
  if (subresource !== "approval") {
    for (const type of decisions) {
      const [now, before] = [ofType(request, type), ofType(old, type)];
      if (now.length > before.length) {
        yield forbiddenValue(at, `updates may not add a condition of type ${JSON.stringify(type)}`);
      } else if (now.length === before.length && !equal(now, before)) {
        yield forbiddenValue(at, `updates may not modify a condition of type ${JSON.stringify(type)}\n`);
      }
    }
  }
  const [certificate, former] = [text(request["status"], "certificate"), text(old["status"], "certificate")];
  if (certificate === former) return;
  if (subresource !== "status") yield forbiddenValue("status.certificate", "updates may not set certificate content");
  else if (former !== "") {
    yield forbiddenValue("status.certificate", "updates may not modify existing certificate content");
  }
}
