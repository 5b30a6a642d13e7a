import {
  canonicalQuantity,
  compareQuantities,
  compareText,
  dns1123LabelProblem,
  get,
  isObject,
  labelKeyProblem,
  parseQuantity,
  quantityUnits,
  type JsonValue,
  type Quantity,
} from "@fairlead/apimachinery";
import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  notFoundValue,
  requiredValue,
  unsupportedValue,
} from "../../field-problem.ts";
import { amountProblems } from "./amounts.ts";
import { listOf, objections, text, type Problems } from "./checks.ts";

const standard = new Set(["cpu", "memory", "ephemeral-storage"]);

/** What is wrong with what a container or a whole pod asks for and is limited to. */
export function* resourceProblems(
  resources: JsonValue | undefined,
  at: string,
  { claims, isPod }: { readonly claims: ReadonlySet<string>; readonly isPod: boolean },
): Problems {
  const limits = get(resources, "limits");
  const names = new Set<string>();
  for (const key of ["limits", "requests"]) {
    const list = get(resources, key);
    const sorted = Object.entries(isObject(list) ? list : {}).toSorted(([a], [b]) => compareText(a, b));
    for (const [name, amount] of sorted) {
      const here = `${at}.${key}[${name}]`;
      names.add(name);
      yield* isPod ? podNameProblems(name, here) : nameProblems(name, here);
      yield* amountProblems(amount, here, isExtended(name));
      if (key === "requests") yield* requestProblems(name, amount, get(limits, name), at);
      if (name.startsWith(hugePrefix) && !isWholePages(name, amount)) {
        const shown = canonicalQuantity(amount as string | number);
        yield invalidValue(here, shown, `${shown} is not positive integer multiple of ${name}`);
      }
    }
  }
  const isHuge = [...names].some((name) => name.startsWith(hugePrefix));
  if (isHuge && !names.has("cpu") && !names.has("memory")) {
    yield forbiddenValue(at, "HugePages require cpu or memory");
  }
  yield* claimProblems(get(resources, "claims"), `${at}.claims`, claims);
}

const hugePrefix = "hugepages-";

function isExtended(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}

export function quantityOf(amount: JsonValue | undefined): Quantity | undefined {
  return typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
}

/** What cannot be given twice has a limit, which is what is asked for. */
function* requestProblems(name: string, amount: JsonValue, limit: JsonValue | undefined, at: string): Problems {
  const isShared = !isExtended(name) && !name.startsWith(hugePrefix);
  const [asked, most] = [quantityOf(amount), quantityOf(limit)];
  if (limit === undefined) {
    if (!isShared) yield requiredValue(`${at}.limits`, "Limit must be set for non overcommitable resources");
    return;
  }
  if (asked === undefined || most === undefined) return;
  const difference = compareQuantities(asked, most);
  const [shown, bound] = [amount, limit].map((one) => canonicalQuantity(one as string | number));
  if (difference !== 0 && !isShared) {
    yield invalidValue(`${at}.requests`, shown, `must be equal to ${name} limit of ${bound!}`);
  } else if (difference > 0) {
    yield invalidValue(`${at}.requests`, shown, `must be less than or equal to ${name} limit of ${bound!}`);
  }
}

function isWholePages(name: string, amount: JsonValue): boolean {
  const [page, own] = [quantityOf(name.slice(hugePrefix.length)), quantityOf(amount)];
  if (page === undefined || own === undefined || page.mantissa <= 0n) return false;
  return quantityUnits(own) % quantityUnits(page) === 0n;
}

function* nameProblems(name: string, at: string): Problems {
  const why = labelKeyProblem(name);
  if (why !== undefined) yield* objections(at, name, why);
  if (name.includes("/") || standard.has(name) || name.startsWith(hugePrefix)) return;
  yield invalidValue(at, name, "must be a standard resource for containers");
}

function* podNameProblems(name: string, at: string): Problems {
  const why = labelKeyProblem(name);
  if (why !== undefined) yield* objections(at, name, why);
  else if (name !== "cpu" && name !== "memory" && !name.startsWith(hugePrefix)) {
    yield unsupportedValue(at, name, ["cpu", hugePrefix, "memory"]);
  }
}

/** What of the claims of its pod a container uses. */
function* claimProblems(list: JsonValue | undefined, at: string, known: ReadonlySet<string>): Problems {
  const seen = new Set<string>();
  for (const [index, claim] of listOf(list).entries()) {
    const here = `${at}[${index}]`;
    const [name, request] = [text(claim, "name"), text(claim, "request")];
    if (name === "") {
      yield requiredValue(here);
      continue;
    }
    if (seen.has(name)) yield duplicateValue(here, name);
    else {
      if (request !== "") yield* objections(`${here}.request`, request, dns1123LabelProblem(request));
      const key = request === "" ? name : `${name}/${request}`;
      if (seen.has(key)) yield duplicateValue(here, key);
      else if (request === "") {
        for (const one of seen) if (one.startsWith(`${name}/`)) yield duplicateValue(here, name);
      }
      seen.add(key);
    }
    if (known.has(name)) continue;
    const all = known.size === 0 ? " which is empty" : `: ${[...known].toSorted(compareText).join(", ")}`;
    const { message, ...rest } = notFoundValue(here, name);
    yield { ...rest, message: `${message}: must be one of the names in pod.spec.resourceClaims${all}` };
  }
}
