import { isObject, setOwn, type FieldPath, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { locator, parseStream, type Finding } from "@fairlead/krm";
import { composeFinding } from "./findings.ts";
import { interpolate, type Variables } from "./interpolate.ts";
import { folderOf, type Located } from "./service.ts";

export interface ComposeDocument extends Located {
  readonly file: string;
}

/** Reads one Compose file and substitutes its variables, which happens before anything is merged. */
export function readDocument(
  text: string,
  file: string,
  variables: Variables,
): { readonly document: ComposeDocument | undefined; readonly findings: readonly Finding[] } {
  const { documents, findings: problems } = parseStream(text, { file });
  const findings: Finding[] = [...problems];
  const parsed = documents[0];
  if (parsed === undefined || !isObject(parsed.value) || documents.length > 1) {
    if (problems.every(({ severity }) => severity !== "error")) {
      const message =
        documents.length > 1
          ? `${file} has several documents; a Compose file is one`
          : `${file} is not a map with \`services\``;
      findings.push(composeFinding("FL550", { message, file, line: 1, column: 1 }));
    }
    return { document: undefined, findings };
  }
  const find = locator(parsed);
  const reported = new Set<string>();
  const value = substitute(parsed.value, [], (written, path) => {
    const result = interpolate(written, variables);
    const place = () => ({ file, ...find(path, "value") });
    for (const name of result.missing) {
      if (reported.has(name)) continue;
      reported.add(name);
      findings.push(
        composeFinding("FL551", {
          message: `the variable ${name} has no value; it became empty`,
          hint: `set it, or write \${${name}:-default}`,
          ...place(),
        }),
      );
    }
    for (const problem of result.problems) findings.push(composeFinding("FL552", { message: problem, ...place() }));
    return result.text;
  }) as JsonObject;
  const document: ComposeDocument = {
    file,
    value,
    folder: folderOf(file),
    place: (path, at = "key") => ({ file, ...find(path, at) }),
  };
  return { document, findings };
}

function substitute(value: JsonValue, path: FieldPath, change: (text: string, path: FieldPath) => string): JsonValue {
  if (typeof value === "string") return value.includes("$") ? change(value, path) : value;
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, [...path, index], change));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(result, key, substitute(value[key]!, [...path, key], change));
  return result;
}
