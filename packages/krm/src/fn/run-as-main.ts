import { readFile } from "node:fs/promises";
import { hasErrors, type Finding } from "../finding/finding.ts";
import { renderFindings } from "../finding/render.ts";
import { summarize } from "../finding/summary.ts";
import { inputFindings } from "../input-findings.ts";
import { decodeText } from "../yaml/decode.ts";
import { parseStream, type ParsedDocument } from "../yaml/parse.ts";
import { print } from "../yaml/print.ts";
import { applyFunction, applyFunctionToText } from "./apply-function.ts";
import { configSchema, type FunctionDefinition } from "./define-function.ts";
import { functionCrd } from "./function-crd.ts";
import { resourceListOfDocuments } from "./resource-list.ts";
import { writeDocuments } from "./write-resource-list.ts";

/** What a run reads and writes; that of the process unless told. */
export interface FunctionIo {
  readonly args: readonly string[];
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly setExitCode: (code: number) => void;
}

function processIo(): FunctionIo {
  return {
    args: process.argv.slice(2),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    // oxlint-disable-next-line node/no-process-env -- this is the entry point of a function's process
    env: process.env,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}

/**
 * The command line of a function. Without arguments: a ResourceList from standard input to standard output, which is
 * written in any case. With files: the first is the functionConfig, the others (`-` is standard input) hold the items,
 * and the resulting objects are printed unless there are errors. Exit code 0; 1 with a finding of severity error;
 * 2 for misuse.
 */
export async function runAsMain<Config>(
  definition: FunctionDefinition<Config>,
  io: FunctionIo = processIo(),
): Promise<void> {
  io.setExitCode(await main(definition, io));
}

async function main(definition: FunctionDefinition<never>, io: FunctionIo): Promise<0 | 1 | 2> {
  const [first] = io.args;
  const flags = io.args.filter((arg) => arg.startsWith("-") && arg !== "-");
  if (flags.length > 0) {
    if (io.args.length > 1 || first === undefined) return misuse(io, definition, "options stand alone");
    return printInformation(definition, first, io);
  }
  if (io.args.length > 0) return standalone(definition, io);
  if (io.stdin.isTTY === true) return misuse(io, definition, "nothing on standard input");
  const bytes = await readAll(io.stdin);
  const decoded = decodeText(bytes, "stdin");
  const text = "text" in decoded ? decoded.text : "";
  const result = await applyFunctionToText(definition, text);
  io.stdout.write(result.output);
  const findings = "finding" in decoded ? [decoded.finding] : result.findings;
  show(io, findings, new Map([["stdin", text]]));
  return result.exitCode;
}

function printInformation(definition: FunctionDefinition<never>, flag: string, io: FunctionIo): 0 | 2 {
  switch (flag) {
    case "--help":
    case "-h":
      io.stdout.write(help(definition));
      return 0;
    case "--schema":
      io.stdout.write(`${JSON.stringify(configSchema(definition), null, 2)}\n`);
      return 0;
    case "--crd": {
      const crd = functionCrd(definition);
      if (crd === undefined)
        return misuse(io, definition, "the function does not say of which apiVersion and kind its functionConfig is");
      io.stdout.write(print(crd));
      return 0;
    }
    default:
      return misuse(io, definition, `there is no option ${flag}`);
  }
}

function misuse(io: FunctionIo, definition: FunctionDefinition<never>, message: string): 2 {
  io.stderr.write(`${definition.name}: ${message}\n${usage(definition)}`);
  return 2;
}

function usage({ name }: FunctionDefinition<never>): string {
  return `Usage: ${name} < resource-list.yaml\n       ${name} CONFIG.yaml [INPUT.yaml | -]…\n       ${name} --help | --schema | --crd\n`;
}

function help(definition: FunctionDefinition<never>): string {
  const { description, apiVersion, kind, schema } = definition;
  const lines = [usage(definition)];
  if (description !== undefined) lines.push(`\n${description.trim()}\n`);
  if (kind !== undefined) lines.push(`\nfunctionConfig: ${apiVersion === undefined ? "" : `${apiVersion} `}${kind}\n`);
  if (schema !== undefined) lines.push(`\nIts fields, as a JSON schema:\n${JSON.stringify(schema, null, 2)}\n`);
  return lines.join("");
}

async function standalone(definition: FunctionDefinition<never>, io: FunctionIo): Promise<0 | 1> {
  const texts = new Map<string, string>();
  const findings: Finding[] = [];
  const parsed: (readonly ParsedDocument[])[] = [];
  for (const file of io.args) {
    const { text, finding } = await readInput(file, io);
    if (finding !== undefined) findings.push(finding);
    texts.set(file, text);
    const result = parseStream(text, { file });
    findings.push(...result.findings);
    parsed.push(result.documents);
  }
  const [configs = [], ...inputs] = parsed;
  if (configs.length > 1) {
    const { line } = configs[1]!.source;
    findings.push(
      inputFindings("FL043", {
        file: io.args[0]!,
        line,
        column: 1,
        message: `the functionConfig file holds ${configs.length} documents`,
        hint: "give the other documents as input files",
      }),
    );
  }
  const { list, findings: shape } = resourceListOfDocuments(inputs.flat(), configs[0]);
  findings.push(...shape);
  if (!hasErrors(findings)) {
    const result = await applyFunction(definition, list);
    findings.push(...result.findings);
    if (!hasErrors(result.findings)) io.stdout.write(writeDocuments(list, result.items));
  }
  show(io, findings, texts);
  return hasErrors(findings) ? 1 : 0;
}

async function readInput(file: string, io: FunctionIo): Promise<{ text: string; finding?: Finding }> {
  let bytes: Uint8Array;
  try {
    bytes = file === "-" ? await readAll(io.stdin) : await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^(\w+): /, "") : String(error);
    return { text: "", finding: inputFindings("FL001", { file, message: `the file cannot be read: ${reason}` }) };
  }
  const decoded = decodeText(bytes, file);
  return "text" in decoded ? decoded : { text: "", finding: decoded.finding };
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function show(io: FunctionIo, findings: readonly Finding[], texts: ReadonlyMap<string, string>): void {
  if (findings.length === 0) return;
  const color = io.stderr.isTTY === true && (io.env["NO_COLOR"] ?? "") === "";
  io.stderr.write(`${renderFindings(findings, { texts, color })}${summarize(findings)}\n`);
}
