import { parseSelector, matchesSelector, compareText, type Selector } from "@fairlead/apimachinery";
import { formatRef, type Finding } from "@fairlead/krm";
import type { Workload } from "../model/decision.ts";
import type { Labels, NamespaceFact, PodTemplate, WorkloadFact } from "../model/facts.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { sidecarFinding } from "../findings.ts";
import { modeAnnotation, orderAnnotation, restartAnnotation, windowAnnotation } from "../observe/keys.ts";
import { labelOf } from "../observe/read.ts";
import { windowProblem } from "../waves/windows.ts";

/** What people say about a workload: on itself, else on its template, else on its namespace. */
export interface Marks {
  readonly restart: boolean | undefined;
  /** Where `restart` is said, for reasons. */
  readonly restartAt: string;
  readonly mode: "annotate" | "evict" | "report" | undefined;
  readonly order: number;
  /** As they are, those of the workload, else those of its namespace. */
  readonly windows: readonly string[];
  /** Marks that cannot be read hold a workload. */
  readonly problems: readonly Finding[];
}

const usualOrder = 100;
const longest = 1024;

interface Said {
  readonly value: string;
  readonly where: string;
}

export function marksOf(
  workload: Workload,
  fact: Pick<WorkloadFact, "annotations"> | undefined,
  template: PodTemplate | undefined,
  namespace: NamespaceFact,
): Marks {
  const problems: Finding[] = [];
  const places: readonly (readonly [string, Labels])[] = [
    ["the workload", fact?.annotations ?? {}],
    ["its pod template", template?.annotations ?? {}],
    ["its namespace", namespace.annotations],
  ];
  const said = (key: string): Said | undefined => {
    for (const [where, annotations] of places) {
      const value = labelOf(annotations, key);
      if (value !== undefined) return { value, where };
    }
    return undefined;
  };
  const read = <T>(key: string, parse: (value: string) => T | undefined): T | undefined => {
    const found = said(key);
    if (found === undefined) return undefined;
    const value = found.value.length > longest ? undefined : parse(found.value.trim());
    if (value === undefined) problems.push(problemOf(workload, key, found));
    return value;
  };
  const restart = read(restartAnnotation, (value) => (value === "true" ? true : value === "false" ? false : undefined));
  const mode = read(modeAnnotation, (value) =>
    value === "annotate" || value === "evict" || value === "report" ? value : undefined,
  );
  const order = read(orderAnnotation, (value) => (/^-?\d{1,9}$/.test(value) ? Number(value) : undefined));
  const windows = read(windowAnnotation, (value) => (windowProblem(value) === undefined ? [value] : undefined));
  return {
    restart,
    restartAt: `${restartAnnotation} on ${said(restartAnnotation)?.where ?? ""}`,
    mode,
    order: order ?? usualOrder,
    windows: windows ?? [],
    problems,
  };
}

function problemOf(workload: Workload, key: string, { value, where }: Said): Finding {
  const object = refOf(workload);
  const shown = JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  return sidecarFinding("FL860", {
    object,
    message: `${formatRef(object)} in cluster ${workload.cluster}: ${key} on ${where} is ${shown}`,
  });
}

export function refOf({ apiVersion, kind, namespace, name }: Workload) {
  return { apiVersion, kind, namespace, name };
}

const selectors = new Map<string, Selector | undefined>();

/** Whether a selector as kubectl writes it chooses labels; one that cannot be read chooses nothing. */
function chooses(text: string, labels: Labels): boolean {
  if (text === "") return true;
  if (!selectors.has(text)) {
    if (selectors.size > 256) selectors.clear();
    const parsed = parseSelector(text);
    selectors.set(text, parsed.kind === "selector" ? parsed.selector : undefined);
  }
  const selector = selectors.get(text);
  return selector !== undefined && matchesSelector(selector, labels);
}

/** Why a workload is not to be looked at; undefined: it is. */
export function exclusionOf(
  marks: Marks,
  labels: Labels,
  namespace: NamespaceFact,
  { select }: Pick<SidecarSettings, "select">,
): string | undefined {
  if (select.skipNamespaces.includes(namespace.name)) return `namespace ${namespace.name} is skipped by the settings`;
  if (!chooses(select.namespaceSelector, namespace.labels)) {
    return `the settings' selector of namespaces, ${select.namespaceSelector}, does not choose ${namespace.name}`;
  }
  if (!chooses(select.workloadSelector, labels)) {
    return `the settings' selector of workloads, ${select.workloadSelector}, does not choose it`;
  }
  if (marks.restart === false) return `${marks.restartAt} is "false"`;
  // An opt-in that cannot be read is not one, and shows as what it is.
  if (select.optIn && marks.restart !== true && marks.problems.length === 0) {
    return `the settings want ${restartAnnotation}: "true", which neither it nor its namespace says`;
  }
  if (namespace.terminating) return "its namespace is being deleted";
  return undefined;
}

export function sortedText(texts: Iterable<string>): string[] {
  return [...new Set(texts)].sort(compareText);
}
