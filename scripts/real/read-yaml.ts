import { RealPlaneError } from "./errors.ts";
import { execute, tail } from "./execute.ts";

/** What kubectl makes of one YAML text. */
export interface KubectlReading {
  /** The JSON of each document that is not empty, as Go wrote it: numbers keep their digits in this text. */
  readonly documents: readonly string[];
  /** Where kubectl would stop, in its words; undefined when it reads to the end. */
  readonly error: string | undefined;
}

/** Reads texts as `kubectl -f` does, all in one process. `oracle` is the program `yaml-oracle` of the tool table. */
export async function readAsKubectl(oracle: string, texts: readonly string[]): Promise<KubectlReading[]> {
  const input = texts.map((text) => `${JSON.stringify(text.toWellFormed())}\n`).join("");
  const { status, stdout, stderr } = await execute(oracle, [], { input });
  const lines = stdout.split("\n").filter((line) => line !== "");
  if (status !== 0 || lines.length !== texts.length) {
    throw new RealPlaneError("unexpected-answer", `yaml-oracle ended with ${status}: ${tail(stderr)}`);
  }
  return lines.map(parseAnswer);
}

function parseAnswer(line: string): KubectlReading {
  // Every number keeps its digits: they are the question.
  const answer = parseNumbers(line, (source) => JSON.rawJSON(source)) as { documents: unknown[]; error?: string };
  return { documents: answer.documents.map((document) => JSON.stringify(document)), error: answer.error };
}

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** `JSON.parse` in which `number` makes the numbers out of their text. */
export function parseNumbers(json: string, number: (source: string) => unknown): unknown {
  // TypeScript's library does not know the reviver's third parameter yet.
  const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;
  return parse(json, (_key, value, { source }) => (typeof value === "number" ? number(source ?? "") : value));
}
