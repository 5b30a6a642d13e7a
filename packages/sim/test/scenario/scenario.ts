import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream, print } from "@fairlead/krm";

/**
 * A list of requests and of what a Kubernetes API server answers to them, whole. The same file is run against
 * kube-apiserver and against the embedded one: each must answer what the file says. `NS` in it is a namespace of the
 * scenario's own.
 */
export interface Scenario {
  /** The file, without folder and extension. */
  readonly file: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** `POST /api/v1/namespaces/NS/configmaps?dryRun=All` */
  readonly request: string;
  /** Why the step is there; documentation only. */
  readonly note?: string;
  /** Header names as they are sent: `Content-Type` is JSON for a body unless it says otherwise. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A user to impersonate, as `name` or `name:group,group`. */
  readonly as?: string;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: JsonValue;
  /** Asks again until the answer has this status, for what the server does in the background. */
  readonly until?: number;
  /** Reads so many events of a watch, then goes away. */
  readonly events?: number;
  /** Answer paths that are taken out before comparing: `metadata.managedFields`. */
  readonly without?: readonly string[];
  readonly answer?: Answer;
}

export interface Answer {
  readonly status: number;
  /** Of `Warning` headers, without code and agent. */
  readonly warnings?: readonly string[];
  /** JSON, or text where it is none; `events` of a watch instead. */
  readonly body?: JsonValue;
  readonly events?: readonly JsonValue[];
}

export const folder = path.join(import.meta.dirname, "../scenarios");

/**
 * All scenarios of the folder or of one in it, by file, then in the order of their file. Throws where a file is no list
 * of scenarios.
 */
export function readScenarios(inside = ""): readonly Scenario[] {
  return readdirSync(path.join(folder, inside))
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .flatMap((name) => readFile(path.posix.join(inside, name.slice(0, -".yaml".length))));
}

export function readFile(file: string): readonly Scenario[] {
  const text = readFileSync(path.join(folder, `${file}.yaml`), "utf8");
  const { documents, findings } = parseStream(text, { file: `${file}.yaml` });
  if (findings.length > 0) throw new Error(`${file}.yaml: ${findings[0]!.message}`);
  return documents.map(({ value }) => {
    if (!isObject(value) || !Array.isArray(value["steps"]))
      throw new Error(`${file}.yaml: a scenario has a title and steps`);
    return { file, title: textOf(value["title"]), steps: value["steps"] as unknown as Step[] };
  });
}

const header = "# Answers are those of kube-apiserver; UPDATE_SCENARIOS=1 on the real control plane writes them.\n";

/** The file's text with answers. */
export function printScenarios(scenarios: readonly Scenario[]): string {
  const texts = scenarios.map(({ title, steps }) =>
    print({ title, steps: steps as unknown as JsonValue[] } as JsonObject),
  );
  return `${header}${texts.join("---\n")}`;
}
