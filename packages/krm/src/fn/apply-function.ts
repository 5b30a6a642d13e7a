import { applyDefaults, clone, equal, isObject, validate, type JsonObject } from "@fairlead/apimachinery";
import { didYouMean } from "../did-you-mean.ts";
import { hasErrors, type Finding } from "../finding/finding.ts";
import { inputFindings } from "../input-findings.ts";
import { refOf, type KrmObject, type ObjectRef } from "../object.ts";
import { problemFinding } from "../problem-finding.ts";
import { configSchema, type FunctionDefinition, type Report } from "./define-function.ts";
import { parsePath } from "./parse-path.ts";
import { readResourceList, type ReadOptions } from "./read-resource-list.ts";
import { isKrm, itemIdentity, type ResourceItem, type ResourceList } from "./resource-list.ts";
import { writeResourceList } from "./write-resource-list.ts";

export interface ApplyResult {
  /** The items that go out; those that came in when there is an error. */
  readonly items: readonly JsonObject[];
  readonly findings: readonly Finding[];
}

/** Runs a function on a list in this process. The objects of the list are not changed. Never rejects. */
export async function applyFunction<Config>(
  definition: FunctionDefinition<Config>,
  list: ResourceList,
): Promise<ApplyResult> {
  const before = list.items.map(({ object }) => object);
  const { config, findings } = readConfig(definition, list.functionConfig);
  if (hasErrors(findings)) return { items: before, findings };
  const report = (what: Report): void => {
    findings.push(placed(findingOfReport(what), list));
  };
  // The function works on copies, so that a failure leaves nothing half changed.
  const items = before.map((object) => clone(object));
  let result: readonly JsonObject[];
  try {
    result = (await definition.run({ config: config as Config, items, report })) ?? items;
  } catch (error) {
    findings.push(
      inputFindings("FL046", {
        message: `${definition.name} failed: ${error instanceof Error ? error.message : String(error)}`,
      }),
    );
    return { items: before, findings };
  }
  findings.push(...invalidItems(definition.name, result));
  return { items: hasErrors(findings) ? before : keepIdentity(before, items, result), findings };
}

/** Copies that were passed through stand for the objects that they are copies of, with the changes made to them. */
function keepIdentity(
  before: readonly KrmObject[],
  copies: readonly KrmObject[],
  result: readonly JsonObject[],
): JsonObject[] {
  const known = new Map<JsonObject, KrmObject>(copies.map((copy, index) => [copy, before[index]!]));
  return result.map((item) => {
    const original = known.get(item);
    return original !== undefined && equal(original, item) ? original : item;
  });
}

function readConfig(
  definition: FunctionDefinition<never>,
  item: ResourceItem | undefined,
): { config: JsonObject; findings: Finding[] } {
  const findings: Finding[] = [];
  const { name, apiVersion, kind, schema } = definition;
  if (item === undefined) {
    const empty = applyDefaults<JsonObject>({}, configSchema(definition));
    if (schema !== undefined && validate(empty, configSchema(definition)).length > 0) {
      const hint = kind === undefined ? undefined : `give it a ${apiVersion ?? ""} ${kind}`.replace("  ", " ");
      findings.push(
        inputFindings("FL042", { message: `${name} needs a functionConfig`, ...(hint === undefined ? {} : { hint }) }),
      );
    }
    return { config: empty, findings };
  }
  const { object } = item;
  const ref = refOf(object);
  for (const [field, wanted] of [
    ["kind", kind],
    ["apiVersion", apiVersion],
  ] as const) {
    const found = object[field];
    if (wanted === undefined || found === wanted) continue;
    const near = typeof found === "string" ? didYouMean(found, [wanted]) : undefined;
    const message = `the functionConfig has the ${field} ${JSON.stringify(found ?? null)}; ${name} takes ${wanted}`;
    const hint = near === undefined ? `write ${field}: ${wanted}` : `did you mean \`${near}\`?`;
    findings.push(
      inputFindings("FL043", { ...item.locate([field], "value"), object: ref, field: [field], message, hint }),
    );
  }
  if (findings.length > 0 || schema === undefined) return { config: object, findings };
  for (const problem of validate(object, configSchema(definition))) {
    const finding = problemFinding(problem, { object: ref });
    const at = problem.kind === "unknown" ? "key" : "value";
    findings.push({ ...finding, ...item.locate(problem.path, at) });
  }
  return { config: applyDefaults<JsonObject>(object, configSchema(definition)), findings };
}

function findingOfReport({ object, field, code, severity, ...rest }: Report): Finding {
  const ref =
    object === undefined ? undefined : isObject(object) && "metadata" in object ? refOf(object) : (object as ObjectRef);
  return {
    code: code ?? "FL048",
    severity: severity ?? "error",
    ...rest,
    ...(ref === undefined ? {} : { object: ref }),
    ...(field === undefined ? {} : { field: typeof field === "string" ? parsePath(field) : field }),
  };
}

/** With the place of the item or the functionConfig that the finding is about. */
function placed(finding: Finding, list: ResourceList): Finding {
  const { object, field } = finding;
  if (object === undefined) return finding;
  const wanted = itemIdentity(asObject(object));
  const candidates = [...list.items, ...(list.functionConfig === undefined ? [] : [list.functionConfig])];
  const item = candidates.find((one) => itemIdentity(one.object) === wanted);
  return item === undefined ? finding : { ...finding, ...item.locate(field ?? [], "value") };
}

function asObject({ apiVersion, kind, namespace, name }: ObjectRef): JsonObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function invalidItems(name: string, items: readonly JsonObject[]): Finding[] {
  if (!Array.isArray(items))
    return [inputFindings("FL047", { message: `${name} returned something other than a list of objects` })];
  const findings: Finding[] = [];
  items.forEach((item, index) => {
    if (!isKrm(item))
      findings.push(
        inputFindings("FL047", { message: `item ${index} that ${name} returned has no apiVersion or kind` }),
      );
  });
  return findings;
}

export interface FunctionOutput {
  /** The ResourceList that goes to standard output; empty only when the input could not be read as one. */
  readonly output: string;
  readonly findings: readonly Finding[];
  /** 0, or 1 when there is a finding of severity error. */
  readonly exitCode: 0 | 1;
}

/** Runs a function on the text of a ResourceList: what a process does between standard input and output. */
export async function applyFunctionToText<Config>(
  definition: FunctionDefinition<Config>,
  text: string,
  options: ReadOptions = {},
): Promise<FunctionOutput> {
  const { list, findings } = readResourceList(text, options);
  if (list === undefined) {
    const empty: ResourceList = { apiVersion: "config.kubernetes.io/v1", items: [], results: [] };
    return { output: writeResourceList(empty, [], findings).text, findings, exitCode: 1 };
  }
  const broken = hasErrors(findings);
  const applied = broken
    ? { items: list.items.map(({ object }) => object), findings: [] }
    : await applyFunction(definition, list);
  const written = writeResourceList(list, applied.items, [...findings, ...applied.findings], {
    unchangedObjects: true,
  });
  return { output: written.text, findings: written.findings, exitCode: hasErrors(written.findings) ? 1 : 0 };
}
