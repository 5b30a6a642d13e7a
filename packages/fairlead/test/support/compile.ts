import assert from "node:assert/strict";
import {
  definition,
  formatProblem,
  schemaForKind,
  validate,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  valueAt,
} from "@fairlead/apimachinery";
import { formatRef, refOf, type Finding, type KrmObject, type Severity } from "@fairlead/krm";
import type { Compiled } from "../../src/compile/compile.ts";
import { compileText } from "../../src/compile/text.ts";

export interface Options {
  readonly environment?: string;
  readonly compat?: boolean;
}

/** Compiles one text as the file `app.yaml`. */
export function compileYaml(text: string, options: Options = {}): Promise<Compiled> {
  return compileText([{ name: "app.yaml", text }], options);
}

/** As `compileYaml`, and everything that comes out passes `assertValid`. */
export async function compileValid(text: string, options: Options = {}): Promise<Compiled> {
  const compiled = await compileYaml(text, options);
  assertValid(compiled);
  return compiled;
}

/** As `compileYaml`, and nothing is an error. */
export async function compileAccepted(text: string, options: Options = {}): Promise<Compiled> {
  const compiled = await compileYaml(text, options);
  assertAccepted(compiled);
  return compiled;
}

/** The generated objects, without the owner annotation that every one carries. */
export function objectsOf(compiled: Compiled): KrmObject[] {
  return compiled.generated.map(({ object }) => {
    const { annotations, ...metadata } = object.metadata;
    const { "fairlead.dev/owner": _, ...others } = annotations ?? {};
    return { ...object, metadata: Object.keys(others).length === 0 ? metadata : { ...metadata, annotations: others } };
  });
}

/** The one generated object of a kind, and of a name where there are several. */
export function objectOf(compiled: Compiled, kind: string, name?: string): KrmObject {
  const found = objectsOf(compiled).filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );
  const all = objectsOf(compiled).map((object) => formatRef(refOf(object)));
  assert.equal(found.length, 1, `one ${kind} ${name ?? ""} in ${JSON.stringify(all)}${toldFindings(compiled)}`);
  return found[0]!;
}

/** A value in a generated object. */
export function at(object: KrmObject, ...path: FieldPath): JsonValue | undefined {
  return valueAt(object, path);
}

export function kindsOf(compiled: Compiled): string[] {
  return objectsOf(compiled)
    .map(({ kind }) => kind)
    .sort();
}

export interface Expected {
  readonly code?: string;
  readonly severity?: Severity;
  readonly line?: number;
  readonly column?: number;
  /** The name of the object that the finding speaks of. */
  readonly name?: string;
  readonly message?: RegExp;
  readonly hint?: RegExp;
}

/** There is a finding in app.yaml that is like this. */
export function assertFinding(compiled: { readonly findings: readonly Finding[] }, expected: Expected): void {
  const fits = (finding: Finding): boolean =>
    finding.file === "app.yaml" &&
    finding.column !== undefined &&
    (expected.code === undefined || finding.code === expected.code) &&
    (expected.severity === undefined || finding.severity === expected.severity) &&
    (expected.line === undefined || finding.line === expected.line) &&
    (expected.column === undefined || finding.column === expected.column) &&
    (expected.name === undefined || finding.object?.name === expected.name) &&
    (expected.message === undefined || expected.message.test(finding.message)) &&
    (expected.hint === undefined || expected.hint.test(finding.hint ?? ""));
  const shown = JSON.stringify(expected, (_, value) => (value instanceof RegExp ? String(value) : value));
  assert.ok(compiled.findings.some(fits), `no finding like ${shown}${toldFindings(compiled)}`);
}

/** No finding of severity error. */
export function assertAccepted(compiled: Compiled): void {
  const errors = compiled.findings.filter(({ severity }) => severity === "error");
  assert.deepEqual(errors, [], `errors${toldFindings(compiled)}`);
}

/** Every object of a built-in kind passes Kubernetes' own schema; every object has what all objects need. */
export function assertValid(compiled: Compiled): void {
  assertAccepted(compiled);
  assert.ok(compiled.generated.length > 0, "nothing was rendered");
  for (const object of objectsOf(compiled)) {
    const ref = formatRef(refOf(object));
    assert.match(String(object.metadata.name), /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, ref);
    assert.match(object.apiVersion, /^([a-z0-9.-]+\/)?v\d/, ref);
    assertNothingEmpty(object, ref);
    const schema = schemaForKind(object.apiVersion, object.kind);
    if (schema === undefined) continue;
    const problems = validate(object, schema, { resolve: definition }).map(formatProblem);
    assert.deepEqual(problems, [], ref);
  }
}

/** The predecessor's leftovers: creationTimestamp, status, null. */
function assertNothingEmpty(object: KrmObject, ref: string): void {
  assert.equal(object["status"], undefined, ref);
  assert.ok(!JSON.stringify(object).includes("null"), `${ref} holds null`);
  assert.equal(object.metadata["creationTimestamp"], undefined, ref);
}

export function toldFindings({ findings }: { readonly findings: readonly Finding[] }): string {
  return findings
    .map(
      ({ severity, code, file, line, column, object, message }) =>
        `\n  ${severity} ${code} ${file}:${line}:${column} ${object === undefined ? "" : formatRef(object)}: ${message}`,
    )
    .join("");
}

export function containersOf(object: KrmObject): JsonObject[] {
  return at(object, "spec", "template", "spec", "containers") as JsonObject[];
}
