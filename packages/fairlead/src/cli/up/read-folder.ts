import path from "node:path";
import { existsSync } from "node:fs";
import { isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { hasErrors, type Finding, type KrmObject } from "@fairlead/krm";
import { compileText, parseResources } from "../../compile/text.ts";
import type { TextFile } from "../../input/read.ts";
import { apiVersion } from "../../kinds/group.ts";
import type { CliContext } from "../context.ts";
import { readFiles } from "../load.ts";
import { objectsOf } from "../render.ts";
import { isOwn } from "./watch-folder.ts";
import { isFleet, readFleet, singleFleet, type Fleet, type FleetReading } from "./fleet.ts";

/** What a folder holds: a fleet, declarations, and all that they become. */
export interface Folder {
  readonly fleet: Fleet;
  /** What was read: the folder that was asked for, or the one that its fleet names. */
  readonly folder: string | undefined;
  /** What is applied: declarations as they are written, and what is no declaration as it compiles. */
  readonly objects: readonly KrmObject[];
  /** Everything that will be there, for the kinds of it. */
  readonly becomes: readonly KrmObject[];
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

export interface ReadFolderOptions {
  readonly folder: string | undefined;
  /** Where the fleet keeps itself: nothing of it is read, wherever it lies. */
  readonly state: string;
  readonly fleetFile: string | undefined;
  readonly environment: string | undefined;
}

export async function readFolder(context: CliContext, options: ReadFolderOptions): Promise<Folder> {
  const { fleet, folder, files: ofFleet, findings: problems } = await readDeclared(context, options);
  const read = { ...nothing, fleet, folder, files: ofFleet };
  const findings = [...problems];
  if (folder === undefined || hasErrors(findings)) return { ...read, findings };
  const { files: all, finding } = await readFiles(context, [folder], {});
  if (finding !== undefined) {
    const hint = "give `up` a folder of declarations, or nothing for clusters alone";
    return { ...read, findings: [...findings, { ...finding, hint }] };
  }
  const files = all.filter(({ name }) => !isOwn(path.resolve(context.cwd, name), options.state));
  const environment = options.environment ?? fleet.environment;
  const compiled = await compileText(files, { environment });
  findings.push(...compiled.findings);
  const becomes = objectsOf(compiled);
  const declarations = compiled.written.map(({ value }) => value).filter(isDeclaration);
  const objects = [...compiled.passed, ...(declarations as unknown as KrmObject[])];
  return { fleet, folder, objects, becomes, files, findings };
}

type Declared = Pick<Folder, "fleet" | "folder" | "files" | "findings">;

/** The fleet of the folder, or of the folder that its `fleet.yaml` names. */
async function readDeclared(context: CliContext, { folder, fleetFile }: ReadFolderOptions): Promise<Declared> {
  const file = fleetFile ?? (folder === undefined ? undefined : ownFleet(context, folder));
  if (file === undefined) return { fleet: singleFleet, folder, files: [], findings: [] };
  const { reading, ...read } = await readFleetFile(context, file);
  const findings = [...read.findings];
  const declared = { fleet: singleFleet, folder, files: read.files, findings };
  if (reading?.kind === "fleet") return { ...declared, fleet: reading.fleet };
  if (reading?.kind === "wrong") findings.push(reading.finding);
  if (reading?.kind !== "elsewhere") return declared;
  const other = path.join(path.dirname(file), reading.folder);
  if (!existsSync(path.resolve(context.cwd, other))) {
    findings.push(reading.wrong(`there is no folder ${other}`));
    return declared;
  }
  const isHere = folder === undefined || samePlace(context, folder, path.dirname(file));
  const there = ownFleet(context, other);
  const next = there === undefined ? undefined : await readFleetFile(context, there);
  if (next?.reading?.kind === "elsewhere") findings.push(reading.wrong(`the fleet of ${other} names another folder`));
  if (next?.reading?.kind === "wrong") findings.push(next.reading.finding);
  return {
    fleet: next?.reading?.kind === "fleet" ? next.reading.fleet : singleFleet,
    folder: isHere ? other : folder,
    files: [...read.files, ...(next?.files ?? [])],
    findings: [...findings, ...(next?.findings ?? [])],
  };
}

function ownFleet({ cwd }: CliContext, folder: string): string | undefined {
  const file = path.join(folder, "fleet.yaml");
  return existsSync(path.resolve(cwd, file)) ? file : undefined;
}

const samePlace = ({ cwd }: CliContext, one: string, other: string): boolean =>
  path.resolve(cwd, one) === path.resolve(cwd, other);

interface FleetFile {
  /** Undefined: there is no Fleet in it. */
  readonly reading: FleetReading | undefined;
  readonly files: readonly TextFile[];
  readonly findings: readonly Finding[];
}

async function readFleetFile(context: CliContext, file: string): Promise<FleetFile> {
  const { files, finding } = await readFiles(context, [file], {});
  if (finding !== undefined) return { reading: undefined, files, findings: [finding] };
  const { resources, findings } = parseResources(files);
  const found = resources.find(({ value }) => isFleet(value));
  const reading = found === undefined ? undefined : readFleet(found.value, file, found.source.locator());
  return { reading, files, findings };
}

const nothing: Folder = { fleet: singleFleet, folder: undefined, objects: [], becomes: [], files: [], findings: [] };

function isDeclaration(value: unknown): value is JsonObject {
  return isObject(value) && textOf(value["apiVersion"]) === apiVersion && !isFleet(value);
}
