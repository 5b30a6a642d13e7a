import { formatPath, nearest } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { allFindings } from "../findings.ts";
import type { LoadedKind } from "../kinds/load.ts";
import { findField, type Field, type FieldSearch } from "../schema/field.ts";
import type { CliContext } from "./context.ts";
import { explainResolved } from "./explain-resolved.ts";
import type { ExplainFlags } from "./explain.command.ts";
import { explainedKind } from "./explained-kind.ts";
import { fieldPage } from "./field-page.ts";
import { findingPage } from "./finding-page.ts";
import { cliFinding } from "./findings.ts";
import { kindList } from "./kind-list.ts";
import { refuse } from "./report.ts";

export async function explain(this: CliContext, flags: ExplainFlags, subject?: string, url?: string): Promise<void> {
  // `route` alone is the kind.
  if (subject === "route" && (url !== undefined || flags.from !== undefined)) return explainRequests(this, flags, url);
  if (flags.resolved === true) return explainResolved(this, flags, subject);
  const page = await pageOf(subject, { color: this.color.stdout, recursive: flags.recursive === true });
  if (typeof page === "string") this.process.stdout.write(page);
  else refuse(this, page);
}

async function explainRequests(context: CliContext, flags: ExplainFlags, url: string | undefined): Promise<void> {
  const { explainRoute } = await import("./mesh/explain-route.ts");
  const { from, cluster, output, file, resolved: _, environment: __, recursive: ___, ...rest } = flags;
  return explainRoute(
    context,
    {
      ...rest,
      output,
      ...(from !== undefined && { from }),
      ...(cluster !== undefined && { inCluster: cluster }),
      ...(file?.[0] !== undefined && { file: file[0] }),
    },
    url,
  );
}

interface PageOptions {
  readonly color: boolean;
  readonly recursive: boolean;
}

/** The page about a subject, or why there is none. */
async function pageOf(subject: string | undefined, options: PageOptions): Promise<string | Finding> {
  if (subject === undefined) return kindList(options.color);
  if (/^FL\d{3}$/i.test(subject)) return pageOfFinding(subject.toUpperCase(), options.color);
  const [name = "", ...steps] = subject.replace(/\[\d*\]/g, "").split(".");
  const kind = await explainedKind(name);
  if ("code" in kind) return kind;
  if (steps.length === 0) return kindPage(kind, options);
  const path = withSpec(kind, steps);
  const search = findField(kind, path);
  if (search.found === undefined) return unknownField(kind, search);
  return fieldPage({ kind, path, field: search.found, passed: search.passed }, options);
}

/** `App.scaling` means `App.spec.scaling`: nobody asks for the fields of metadata here. */
function withSpec(kind: LoadedKind, path: readonly string[]): readonly string[] {
  const [first] = path;
  return first === undefined || Object.hasOwn(kind.schema.properties!, first) ? path : ["spec", ...path];
}

/** A kind is told by the fields of its spec: the others are the same in every kind. */
async function kindPage(kind: LoadedKind, options: PageOptions): Promise<string> {
  const { found: root } = findField(kind, []);
  const { found: spec, passed } = findField(kind, ["spec"]) as FieldSearch & { readonly found: Field };
  const { description } = root!.schema;
  const field = { ...spec, schema: { ...spec.schema, ...(description === undefined ? {} : { description }) } };
  return fieldPage({ kind, path: [], field, passed }, options);
}

async function pageOfFinding(code: string, color: boolean): Promise<string | Finding> {
  const { [code]: definition } = await allFindings();
  if (definition !== undefined) return findingPage(code, definition, color);
  const hint = "docs/reference/findings/README.md lists all codes";
  return cliFinding("FL605", { message: `there is no finding ${code}`, hint });
}

function unknownField(kind: LoadedKind, search: FieldSearch & { readonly found: undefined }): Finding {
  const guess = nearest(search.missing, search.siblings);
  const where = formatPath([kind.kind, ...search.at]);
  return cliFinding("FL605", {
    message: `${where} has no field ${JSON.stringify(search.missing)}`,
    hint: guess === undefined ? `fairlead explain ${where} lists what there is` : `did you mean ${where}.${guess}?`,
  });
}
