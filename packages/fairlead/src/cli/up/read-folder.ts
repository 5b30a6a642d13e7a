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
import { isFleet, readFleet, singleFleet, type Fleet } from "./fleet.ts";

/** What a folder holds: a fleet, declarations, and all that they become. */
export interface Folder {
  readonly fleet: Fleet;
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
  const { folder, fleetFile } = options;
  const own = folder === undefined ? undefined : path.join(folder, "fleet.yaml");
  const declared = fleetFile ?? (own !== undefined && existsSync(path.resolve(context.cwd, own)) ? own : undefined);
  const findings: Finding[] = [];
  let fleet = singleFleet;
  if (declared !== undefined) {
    const { files, finding } = await readFiles(context, [declared], {});
    if (finding !== undefined) return { ...nothing, findings: [finding] };
    const { resources, findings: problems } = parseResources(files);
    findings.push(...problems);
    const found = resources.find(({ value }) => isFleet(value));
    const read = found === undefined ? undefined : readFleet(found.value, declared);
    if (read !== undefined && "code" in read) findings.push(read);
    else if (read !== undefined) fleet = read;
  }
  if (folder === undefined || hasErrors(findings)) return { ...nothing, fleet, findings };
  const { files: all, finding } = await readFiles(context, [folder], {});
  if (finding !== undefined) {
    const hint = "give `up` a folder of declarations, or nothing for clusters alone";
    return { ...nothing, fleet, findings: [...findings, { ...finding, hint }] };
  }
  const files = all.filter(({ name }) => !isOwn(path.resolve(context.cwd, name), options.state));
  const environment = options.environment ?? fleet.environment;
  const compiled = await compileText(files, { environment });
  findings.push(...compiled.findings);
  const becomes = objectsOf(compiled);
  const declarations = compiled.written.map(({ value }) => value).filter(isDeclaration);
  return {
    fleet,
    objects: [...compiled.passed, ...(declarations as unknown as KrmObject[])],
    becomes,
    files,
    findings,
  };
}

const nothing: Folder = { fleet: singleFleet, objects: [], becomes: [], files: [], findings: [] };

function isDeclaration(value: unknown): value is JsonObject {
  return isObject(value) && textOf(value["apiVersion"]) === apiVersion && !isFleet(value);
}
