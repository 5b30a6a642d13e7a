import { formatPath, loadDescriptions, nearest, type Schema } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import { allFindings } from "../findings.ts";
import { loadKind, kindNames, type LoadedKind } from "../kinds/load.ts";
import { fieldsOf, findField, resolve, typeName, type Field } from "../schema/field.ts";
import type { CliContext } from "./context.ts";
import type { ExplainFlags } from "./explain.command.ts";
import { cliFinding } from "./findings.ts";
import { kindByName, unknownKind } from "./kind-argument.ts";
import { load } from "./load.ts";
import { paint } from "./paint.ts";
import { report } from "./report.ts";
import { wrap } from "./wrap.ts";

export async function explain(this: CliContext, flags: ExplainFlags, subject?: string): Promise<void> {
  if (flags.resolved === true) return explainResolved(this, flags, subject);
  if (subject === undefined) return listKinds(this);
  if (/^FL\d{3}$/i.test(subject)) return explainFinding(this, subject.toUpperCase());
  const [name = "", ...path] = subject.replace(/\[\d*\]/g, "").split(".");
  const kindName = kindByName(name);
  if (kindName === undefined) return void report(this, [unknownKind(name)], [], false);
  const kind = await loadKind(kindName);
  const search = findField(kind, withSpec(kind, path));
  if (search.found === undefined) {
    const guess = nearest(search.missing, search.siblings);
    const where = formatPath([kind.kind, ...search.at]);
    const hint =
      guess === undefined ? `fairlead explain ${where} lists what there is` : `did you mean ${where}.${guess}?`;
    return void report(
      this,
      [cliFinding("FL605", { message: `${where} has no field ${JSON.stringify(search.missing)}`, hint })],
      [],
      false,
    );
  }
  await explainField(this, kind, withSpec(kind, path), search.found, search.passed, flags.recursive === true);
}

/** `App.scaling` means `App.spec.scaling`: nobody asks for the fields of metadata here. */
function withSpec(kind: LoadedKind, path: readonly string[]): readonly string[] {
  const [first] = path;
  return first === undefined || Object.hasOwn(kind.schema.properties!, first) ? path : ["spec", ...path];
}

async function listKinds(context: CliContext): Promise<void> {
  const { bold } = paint(context.color.stdout);
  for (const name of kindNames) {
    const { description } = await loadKind(name);
    context.process.stdout.write(`${bold(name.padEnd(18))} ${description}\n`);
  }
}

async function explainFinding(context: CliContext, code: string): Promise<void> {
  const { [code]: definition } = await allFindings();
  if (definition === undefined) {
    return void report(
      context,
      [
        cliFinding("FL605", {
          message: `there is no finding ${code}`,
          hint: "docs/reference/findings.md lists all codes",
        }),
      ],
      [],
      false,
    );
  }
  const { bold } = paint(context.color.stdout);
  const { title, severity, explanation, remedy } = definition;
  context.process.stdout.write(
    `${bold(`${code}  ${title}`)}  (${severity})\n\n${wrap(explanation, 80)}\n\n${bold("What to do:")} ${wrap(remedy, 80)}\n`,
  );
}

async function explainField(
  context: CliContext,
  kind: LoadedKind,
  path: readonly string[],
  field: Field,
  passed: string | undefined,
  recursive: boolean,
): Promise<void> {
  const descriptions = await loadDescriptions();
  const { bold, dim, cyan } = paint(context.color.stdout);
  const out: string[] = [
    `${bold(formatPath([kind.kind, ...path]))}  ${cyan(`<${typeName(field.schema)}>`)}${field.required && path.length > 0 ? "  required" : ""}`,
  ];
  const text = textOf(field, descriptions);
  if (text !== undefined) out.push("", wrap(text, 80));
  const facts = factsOf(field.schema);
  if (facts.length > 0) out.push("", ...facts.map((fact) => dim(fact)));
  const fields = fieldsOf(field.schema, passed);
  if (fields.size > 0) out.push("", bold("FIELDS"));
  const own = [...fields].filter(([, { described }]) => described === undefined);
  const foreign = [...fields].filter(([, { described }]) => described !== undefined);
  for (const [name, child] of own) out.push(...lines(name, child, descriptions, recursive));
  if (own.length > 0 && foreign.length > 0)
    out.push(
      "",
      dim(
        `passed through under their Kubernetes names (${passed ?? resolve(field.schema).definition ?? "Kubernetes"}):`,
      ),
    );
  for (const [name, child] of foreign) out.push(...lines(name, child, descriptions, recursive));
  context.process.stdout.write(`${out.join("\n")}\n`);

  function lines(
    name: string,
    child: Field,
    texts: typeof descriptions,
    deep: boolean,
    indent = "  ",
    seen: readonly Schema[] = [],
  ): string[] {
    const head = `${indent}${bold(name)}  ${cyan(`<${typeName(child.schema)}>`)}${child.required ? "  required" : ""}`;
    if (!deep) {
      const said = textOf(child, texts);
      return said === undefined ? [head] : [head, wrap(firstSentence(said), 80 - indent.length - 4, `${indent}    `)];
    }
    const target = resolve(child.schema).schema;
    if (seen.includes(target)) return [head];
    const below = [...fieldsOf(child.schema)].flatMap(([field, one]) =>
      lines(field, one, texts, true, `${indent}  `, [...seen, target]),
    );
    return [head, ...below];
  }
}

function textOf(
  field: Field,
  descriptions: { describe(definition: string, field?: string): string | undefined },
): string | undefined {
  if (field.schema.description !== undefined) return field.schema.description;
  return field.described === undefined
    ? undefined
    : descriptions.describe(field.described.definition, field.described.field);
}

function factsOf(schema: Schema): string[] {
  const facts: string[] = [];
  if (schema.enum !== undefined) facts.push(`one of: ${schema.enum.map((value) => JSON.stringify(value)).join(", ")}`);
  if (schema.default !== undefined) facts.push(`default: ${JSON.stringify(schema.default)}`);
  if (schema.minimum !== undefined || schema.maximum !== undefined)
    facts.push(`between ${schema.minimum ?? "…"} and ${schema.maximum ?? "…"}`);
  if (schema.pattern !== undefined) facts.push(`matches: ${schema.pattern}`);
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys !== undefined) facts.push(`a list merged by ${keys.join(", ")}`);
  return facts;
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}

async function explainResolved(context: CliContext, flags: ExplainFlags, subject: string | undefined): Promise<void> {
  const { files, compiled } = await load(context, { ...flags, file: flags.file ?? ["."] });
  const relevant = compiled.findings.filter(({ severity }) => severity === "error");
  const wanted = (subject ?? "").split("/");
  const name = wanted.at(-1);
  const kind = wanted.length > 1 ? kindByName(wanted.at(-2)!) : undefined;
  const namespace = wanted.length > 2 ? wanted[0] : undefined;
  const found = compiled.declarations.filter(
    (one) =>
      one.name === name &&
      (kind === undefined || one.kind === kind) &&
      (namespace === undefined || one.namespace === namespace),
  );
  if (found.length === 0) {
    const names = compiled.declarations.map((one) => `${one.kind}/${one.name}`);
    const guess = nearest(subject ?? "", names);
    const hint =
      guess === undefined
        ? `the input declares ${names.slice(0, 12).join(", ") || "nothing"}`
        : `did you mean ${guess}?`;
    const missing = cliFinding("FL605", {
      message: `the input declares no ${subject ?? "(name it as KIND/NAME)"}`,
      hint,
    });
    return void report(context, [...relevant, missing], files, false);
  }
  for (const { ref, metadata, spec } of found) {
    context.process.stdout.write(`---\n${print({ apiVersion: ref.apiVersion, kind: ref.kind, metadata, spec })}`);
  }
}
