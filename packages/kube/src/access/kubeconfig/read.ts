import path from "node:path";
import { isObject, type FieldPath } from "@fairlead/apimachinery";
import { inputFindings, locator, parseStream, type Finding } from "@fairlead/krm";
import { accessFindings } from "./findings.ts";
import { fieldsOf, type Fields } from "./fields.ts";
import type { Entry, Kubeconfig, Place } from "./kubeconfig.ts";
import { clusterSettings, contextSettings, userSettings } from "./settings.ts";

export interface ReadKubeconfigOptions {
  /** The file's name: findings have it. */
  readonly file?: string;
  /**
   * What relative paths count from. Without it the text is taken as one from elsewhere, such as a Secret: what it says
   * of files and programs of this machine is refused when it is resolved.
   */
  readonly folder?: string;
}

export interface KubeconfigResult {
  /** What could be read. With an error among the findings it is not complete. */
  readonly config: Kubeconfig;
  readonly findings: readonly Finding[];
}

/** Characters of one kubeconfig. The largest are those of fleets, with some kilobytes for each cluster. */
export const maximumKubeconfig = 32 * 1024 * 1024;
const limits = { total: maximumKubeconfig, document: maximumKubeconfig, depth: 100, nodes: 1_000_000, documents: 100 };

export const emptyKubeconfig: Kubeconfig = { files: [], contexts: new Map(), clusters: new Map(), users: new Map() };

/** Reads the text of one kubeconfig, YAML or JSON. Findings never quote its values. Never throws for any text. */
export function readKubeconfig(text: string, { file, folder }: ReadKubeconfigOptions = {}): KubeconfigResult {
  const files = file === undefined ? [] : [file];
  const parsed = parseStream(text, { ...(file === undefined ? {} : { file }), limits });
  const [document, second] = parsed.documents;
  const findings: Finding[] = parsed.findings.map(withoutText);
  if (document === undefined || findings.some(({ code }) => code === "FL721"))
    return { config: { ...emptyKubeconfig, files }, findings };
  const locate = locator(document);
  const at = (where: FieldPath): Place => ({ ...(file === undefined ? {} : { file }), ...locate(where, "value") });
  if (second !== undefined) {
    findings.push(
      accessFindings("FL722", {
        severity: "warning",
        ...(file === undefined ? {} : { file }),
        ...locator(second)([]),
        message: "only the first document of a kubeconfig is read; this one is ignored",
        hint: "put each kubeconfig into a file of its own, and list them in KUBECONFIG",
      }),
    );
  }
  if (!isObject(document.value)) {
    findings.push(accessFindings("FL722", { ...at([]), message: "the document is not a map, so it is no kubeconfig" }));
    return { config: { ...emptyKubeconfig, files }, findings };
  }
  const root = fieldsOf(document.value, [], { findings, at });
  root.known("apiVersion", "kind", "preferences", "clusters", "users", "contexts", "current-context", "extensions");
  expectText(root, "apiVersion", "v1");
  expectText(root, "kind", "Config");
  const named = <T>(list: string, inner: string, read: (fields: Fields) => T): ReadonlyMap<string, Entry<T>> => {
    const entries = new Map<string, Entry<T>>();
    const place = folder === undefined ? {} : { folder: path.resolve(folder) };
    for (const fields of root.maps(list)) {
      const name = fields.text("name") ?? "";
      const inside = fields.map(inner);
      const settings = read(inside ?? fieldsOf({}, [...fields.path, inner], { findings, at }));
      if (entries.has(name)) findings.push(duplicate(inner, name, at([...fields.path, "name"])));
      else entries.set(name, { name, settings, ...place, at: (where = []) => at([...fields.path, inner, ...where]) });
    }
    return entries;
  };
  const clusters = named("clusters", "cluster", clusterSettings);
  const users = named("users", "user", userSettings);
  const contexts = named("contexts", "context", contextSettings);
  const current = root.text("current-context") ?? "";
  const currentContext = current === "" ? {} : { currentContext: { name: current, place: at(["current-context"]) } };
  return { config: { files, ...currentContext, clusters, users, contexts }, findings };
}

function expectText(root: Fields, key: string, expected: string): void {
  const found = root.text(key);
  if (found !== undefined && found !== "" && found !== expected) root.wrong(key, `\`${expected}\``);
}

function duplicate(what: string, name: string, place: Place): Finding {
  return accessFindings("FL723", { ...place, message: `the ${what} ${JSON.stringify(name)} is there twice` });
}

/** A finding of the YAML reader, said without the text that it may quote: that text may be a token. */
function withoutText({ code, severity, file, line, column }: Finding): Finding {
  const definition = Object.entries(inputFindings.definitions).find(([known]) => known === code)?.[1];
  const place = {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
  };
  const what = definition === undefined ? "it is not YAML" : lowerFirst(definition.title);
  if (severity !== "error")
    return accessFindings("FL722", { severity, ...place, message: what, ...hintOf(definition) });
  return accessFindings("FL721", {
    ...place,
    message: `the kubeconfig cannot be read: ${what}`,
    ...hintOf(definition),
  });
}

function hintOf(definition: { readonly remedy: string } | undefined): { hint?: string } {
  return definition === undefined ? {} : { hint: definition.remedy };
}

function lowerFirst(text: string): string {
  return text.startsWith("API") ? text : text.slice(0, 1).toLowerCase() + text.slice(1);
}
