import { isObject, type JsonValue } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import { containersOf, type ProcessPod } from "./pod-types.ts";

/** The local commands that stand for the images of a pod. */
export const processAnnotation = "fairlead.dev/process";
/** Where they run, relative to the folder that the cluster was given. */
export const directoryAnnotation = "fairlead.dev/process-dir";

export type Commands =
  | { readonly kind: "none" }
  /** By container. */
  | { readonly kind: "commands"; readonly of: ReadonlyMap<string, readonly string[]> }
  | { readonly kind: "problem"; readonly message: string };

const longest = 65_536;

/**
 * What `fairlead.dev/process` says, in YAML or JSON: one command (a list, or a text that is split at blanks as a shell
 * would, quotes included) for the pod's first container, or a map of commands by container.
 */
export function commandsOf(pod: ProcessPod): Commands {
  const text = pod.metadata.annotations?.[processAnnotation];
  if (text === undefined || text.trim() === "") return { kind: "none" };
  const problem = (why: string): Commands => ({ kind: "problem", message: `annotation ${processAnnotation}: ${why}` });
  if (text.length > longest) return problem(`longer than ${longest} characters`);
  const { documents, findings } = parseStream(text);
  const value = documents[0]?.value;
  if (documents.length !== 1 || value === undefined) return problem(findings[0]?.message ?? "is not one YAML value");
  if (!isObject(value)) {
    const first = pod.spec.containers[0]!.name;
    const command = commandFrom(value);
    return typeof command === "string" ? problem(command) : { kind: "commands", of: new Map([[first, command]]) };
  }
  const names = new Set(containersOf(pod).map(({ name }) => name));
  const found = new Map<string, readonly string[]>();
  for (const [name, one] of Object.entries(value)) {
    if (!names.has(name)) return problem(`the pod has no container ${JSON.stringify(name)}`);
    const command = commandFrom(one);
    if (typeof command === "string") return problem(`${name}: ${command}`);
    found.set(name, command);
  }
  return found.size === 0 ? { kind: "none" } : { kind: "commands", of: found };
}

/** Whether a process stands for any of its containers. */
export function isProcessPod(pod: ProcessPod): boolean {
  return (pod.metadata.annotations?.[processAnnotation] ?? "").trim() !== "";
}

/** The command, or what is wrong with it. */
function commandFrom(value: JsonValue): readonly string[] | string {
  if (Array.isArray(value)) {
    const words = value.map((one) => (typeof one === "number" ? String(one) : one));
    if (!words.every((one) => typeof one === "string")) return "a command is a list of texts";
    return words.length === 0 || words[0] === "" ? "the command is empty" : words;
  }
  if (typeof value !== "string") return "a command is a text or a list of texts";
  const words = splitWords(value);
  if (words === undefined) return "a quote is not closed";
  return words.length === 0 ? "the command is empty" : words;
}

/** At blanks, with single and double quotes and backslashes as a shell reads them; undefined if a quote stays open. */
export function splitWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (quote !== "") {
      if (letter === quote) quote = "";
      else if (quote === '"' && letter === "\\" && /["\\]/.test(text[at + 1] ?? "")) word = `${word!}${text[++at]!}`;
      else word = `${word!}${letter}`;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + (letter === "\\" ? (text[++at] ?? "") : letter);
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}
