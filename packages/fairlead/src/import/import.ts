import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { formatRef, groupOf, refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { compile } from "../compile/compile.ts";
import { compareForApply } from "../compile/order.ts";
import { compareRefs } from "../compile/world.ts";
import { group } from "../kinds/load.ts";
import { assemble, type Assembled } from "./assemble.ts";
import { clean, isControlled } from "./clean.ts";
import { normalText } from "./equivalent.ts";
import { importFinding } from "./findings.ts";
import { groupObjects, declarationKind, roleOf, type Left } from "./group.ts";
import { hardeningFinding } from "./hardening.ts";
import { createRender } from "./render.ts";
import { importRoutes, isRoute } from "./routes/route.ts";

/** An object of the input and the file that it was read from. */
export interface ImportResource {
  readonly object: JsonValue;
  readonly file: string;
  /** Where the object stands in the file, for a finding about it. */
  readonly place?: () => { readonly line?: number; readonly column?: number };
}

export interface Imported {
  /** Apps, Tasks and Routes, in the order of their references. */
  readonly declarations: readonly KrmObject[];
  /** Objects that stay as they are, in the order in which they can be applied. */
  readonly untouched: readonly KrmObject[];
  readonly findings: readonly Finding[];
}

/**
 * Turns plain manifests into declarations that render to the same objects again, apart from the annotation
 * `fairlead.dev/owner`: equal after the API server's defaulting, names, labels, selectors and ports included. What
 * cannot be said that way stays as it is. The order of `resources` makes no difference.
 */
export async function importObjects(resources: readonly ImportResource[]): Promise<Imported> {
  const findings: Finding[] = [];
  const files = new Map<KrmObject, string>();
  const objects = readObjects(resources, files, findings);
  const { single, twins } = separateTwins(objects, findings, files);
  const left: Left[] = [];
  const eligible: KrmObject[] = [];
  for (const object of single) {
    if (!isKnown(object)) continue;
    if (isControlled(object)) left.push({ object, reason: "a controller makes it from another object" });
    else if (object.metadata.name === undefined) left.push({ object, reason: "it has no name (generateName)" });
    else eligible.push(object);
  }
  const render = await createRender(single, []);
  const grouping = groupObjects(eligible);
  left.push(...grouping.left);
  const assembled: Assembled[] = [];
  const names = new Set<string>();
  for (const one of grouping.groups) {
    const name = `${one.declarationKind}|${one.workload.metadata.namespace ?? ""}|${one.workload.metadata.name}`;
    if (names.has(name)) {
      const reason = `another workload is ${one.declarationKind} ${one.workload.metadata.name} already`;
      left.push({ object: one.workload, reason }, ...one.attachments.map(({ object }) => ({ object, reason })));
      continue;
    }
    const result = assemble(one, render);
    if (result.kind === "left") left.push(...result.left);
    else {
      names.add(name);
      assembled.push(result.assembled);
      left.push(...result.assembled.left);
    }
  }
  const routeRender = await createRender(
    single,
    assembled.map(({ declaration }) => declaration),
  );
  const routes = importRoutes(eligible.filter(isRoute), single, assembled, routeRender);
  assembled.push(...routes.assembled);
  left.push(...routes.left);
  const kept = await verified(assembled, [...single, ...twins], left);
  for (const { object, reason } of left) {
    findings.push(
      importFinding("FL501", {
        message: `${formatRef(refOf(object))} stays as it is: ${reason}`,
        object: refOf(object),
        ...fileOf(object, files),
      }),
    );
  }
  for (const one of kept) findings.push(...about(one, files));
  const taken = new Set(kept.flatMap((one) => one.objects));
  return {
    declarations: kept.map((one) => one.declaration).sort((a, b) => compareRefs(refOf(a), refOf(b))),
    untouched: [...single, ...twins].filter((object) => !taken.has(object)).sort(compareForApply),
    findings: findings.sort(compareFindings),
  };
}

function isKnown(object: KrmObject): boolean {
  return declarationKind(object) !== undefined || roleOf(object) !== undefined || isRoute(object);
}

/** Takes lists apart and leaves out what only a cluster writes. */
function readObjects(
  resources: readonly ImportResource[],
  files: Map<KrmObject, string>,
  findings: Finding[],
): KrmObject[] {
  const objects: KrmObject[] = [];
  const waiting = resources.map(({ object, ...where }) => ({ value: object, where, depth: 0 }));
  for (let at = 0; at < waiting.length; at++) {
    const { value, where, depth } = waiting[at]!;
    const { file } = where;
    if (
      isObject(value) &&
      typeof value["kind"] === "string" &&
      value["kind"].endsWith("List") &&
      Array.isArray(value["items"]) &&
      depth < 8
    ) {
      for (const item of value["items"]) waiting.push({ value: item, where, depth: depth + 1 });
      continue;
    }
    if (
      !isObject(value) ||
      typeof value["apiVersion"] !== "string" ||
      typeof value["kind"] !== "string" ||
      !isObject(value["metadata"])
    ) {
      findings.push(
        importFinding("FL505", {
          message: `a document of ${file} is not an object with apiVersion, kind and metadata`,
          ...(get(value, "services") === undefined
            ? {}
            : { hint: "in a Compose file `services` is a map from name to service" }),
          file,
          ...where.place?.(),
        }),
      );
      continue;
    }
    const { object, dropped } = clean(value as KrmObject);
    files.set(object, file);
    objects.push(object);
    if (dropped.length === 0 || groupOf(object.apiVersion) === group) continue;
    findings.push(
      importFinding("FL502", {
        message: `${formatRef(refOf(object))}: left out ${dropped.join(", ")}`,
        object: refOf(object),
        file,
      }),
    );
  }
  return objects.sort((a, b) => compareRefs(refOf(a), refOf(b)));
}

/** Objects that occur twice stay as they are, all of them: which one counts is not for import to say. */
function separateTwins(
  objects: readonly KrmObject[],
  findings: Finding[],
  files: ReadonlyMap<KrmObject, string>,
): { single: KrmObject[]; twins: KrmObject[] } {
  const single: KrmObject[] = [];
  const twins: KrmObject[] = [];
  for (const same of Map.groupBy(objects, (object) => refKey(refOf(object))).values()) {
    const [first] = same;
    if (same.length === 1 || first!.metadata.name === undefined) {
      single.push(...same);
      continue;
    }
    twins.push(...same);
    const places = [...new Set(same.map((object) => files.get(object)!))].join(", ");
    findings.push(
      importFinding("FL503", {
        message: `${formatRef(refOf(first!))} is in the input ${same.length} times (${places})`,
        object: refOf(first!),
        ...fileOf(first!, files),
      }),
    );
  }
  return { single, twins };
}

/**
 * Compiles everything together, as `render` will, and gives up what does not come out as it went in: two declarations
 * may get in each other's way, or an object that stays may.
 */
async function verified(
  assembled: readonly Assembled[],
  all: readonly KrmObject[],
  left: Left[],
): Promise<Assembled[]> {
  let kept = [...assembled];
  for (;;) {
    const taken = new Set(kept.flatMap((one) => one.objects));
    const sources = [...kept.map((one) => one.declaration), ...all.filter((object) => !taken.has(object))];
    const result = await compile(
      sources.map((value) => ({
        value,
        source: { file: "", locator: () => () => ({ file: "", line: 1, column: 1 }) },
      })),
    );
    const rendered = new Map(result.generated.map(({ object }) => [refKey(refOf(object)), normalText(object)]));
    const errors = new Map<string, string>();
    for (const { severity, object, message } of result.findings) {
      if (severity === "error" && object !== undefined) errors.set(refKey(object), message);
    }
    const problem = (one: Assembled): string | undefined =>
      errors.get(refKey(refOf(one.declaration))) ??
      (one.objects.every((object) => rendered.get(refKey(refOf(object))) === normalText(object))
        ? undefined
        : "it does not come out the same beside the other declarations");
    const broken = kept.filter((one) => problem(one) !== undefined);
    if (broken.length === 0) return kept;
    for (const one of broken) for (const object of one.objects) left.push({ object, reason: problem(one)! });
    kept = kept.filter((one) => !broken.includes(one));
  }
}

function about(one: Assembled, files: ReadonlyMap<KrmObject, string>): Finding[] {
  const found: Finding[] = [];
  const ref = refOf(one.declaration);
  const file = fileOf(one.objects[0]!, files);
  const hardening = hardeningFinding(one.declaration, file);
  if (hardening !== undefined) found.push(hardening);
  if (one.patched.length > 0) {
    found.push(
      importFinding("FL504", {
        message: `${formatRef(ref)}: a patch keeps ${one.patched.join(", ")}`,
        object: ref,
        field: ["spec", "patches"],
        ...file,
      }),
    );
  }
  return found;
}

function fileOf(object: KrmObject, files: ReadonlyMap<KrmObject, string>): { file?: string } {
  const file = files.get(object);
  return file === undefined ? {} : { file };
}

function compareFindings(a: Finding, b: Finding): number {
  const key = ({ code, object, message }: Finding) =>
    `${object === undefined ? "" : refKey(object)}|${code}|${message}`;
  return key(a) < key(b) ? -1 : 1;
}
