import { formatRef } from "../object.ts";
import type { Finding, FindingDefinition, Severity } from "./finding.ts";
import { sortFindings } from "./summary.ts";

export interface SarifOptions {
  /** The version of the tool that found them. */
  readonly version: string;
  /** All codes; the rules of the run are those that occur. */
  readonly definitions: Readonly<Record<string, FindingDefinition>>;
  readonly toolName?: string;
  /** Where the pages of the codes are; the code in lower case is appended. */
  readonly helpBase?: string;
}

const levels: Record<Severity, "error" | "warning" | "note"> = { error: "error", warning: "warning", info: "note" };

/**
 * Findings as SARIF 2.1.0, which code hosts show beside the changed lines.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function findingsToSarif(findings: readonly Finding[], options: SarifOptions) {
  const sorted = sortFindings(findings);
  const codes = [...new Set(sorted.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: options.toolName ?? "fairlead",
            version: options.version,
            rules: codes.map((code) => rule(code, options)),
          },
        },
        columnKind: "utf16CodeUnits",
        results: sorted.map((finding) => result(finding, codes.indexOf(finding.code))),
      },
    ],
  } as const;
}

function rule(code: string, { definitions, helpBase }: SarifOptions) {
  const definition = Object.hasOwn(definitions, code) ? definitions[code] : undefined;
  if (definition === undefined) return { id: code };
  return {
    id: code,
    shortDescription: { text: definition.title },
    fullDescription: { text: definition.explanation },
    help: { text: definition.remedy },
    defaultConfiguration: { level: levels[definition.severity] },
    ...(helpBase === undefined ? {} : { helpUri: `${helpBase}${code.toLowerCase()}` }),
  };
}

function result(finding: Finding, ruleIndex: number) {
  const { code, severity, message, hint, file, object } = finding;
  return {
    ruleId: code,
    ruleIndex,
    level: levels[severity],
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    ...(file === undefined && object === undefined ? {} : { locations: [location(finding)] }),
  };
}

function location({ file, line, column, object }: Finding) {
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  return {
    ...(file === undefined ? {} : { physicalLocation: { artifactLocation: { uri: uriOf(file) }, ...region } }),
    ...(object === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: formatRef(object), kind: "object" }] }),
  };
}

/** A relative reference as RFC 3986 wants it: each part escaped, slashes kept. */
function uriOf(file: string): string {
  return file.split(/[\\/]/).map(encodeURIComponent).join("/");
}
