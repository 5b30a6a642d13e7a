import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { bundleModules } from "../build/bundle.ts";
import { root } from "../build/workspace.ts";

export interface Rootfs {
  /** Paths inside the image. */
  readonly files: readonly string[];
  readonly bytes: number;
}

/**
 * Writes a root file system that runs Fairlead and nothing else: no shell, no package manager, no C compiler.
 * @throws when ldd is not there.
 */
export async function assembleRootfs(folder: string, node: string = process.execPath): Promise<Rootfs> {
  rmSync(folder, { recursive: true, force: true });
  const files: string[] = [];
  let bytes = 0;
  const add = (from: string, to: string, mode: number) => {
    const target = path.join(folder, to);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(realpathSync(from), target);
    chmodSync(target, mode);
    files.push(to);
    bytes += statSync(target).size;
  };
  add(node, "/usr/bin/node", 0o755);
  for (const library of librariesOf(node)) add(library, library, 0o755);
  add(path.join(root, "deploy", "argocd", "argocd.mjs"), "/opt/fairlead/argocd.mjs", 0o755);
  add(path.join(root, "LICENSE"), "/opt/fairlead/LICENSE", 0o644);
  const program = path.join(folder, "opt", "fairlead");
  for (const name of await bundleModules(path.join(program, "fairlead.mjs"))) {
    files.push(`/opt/fairlead/${name}`);
    bytes += statSync(path.join(program, name)).size;
  }
  mkdirSync(path.join(folder, "etc"), { recursive: true });
  writeFileSync(path.join(folder, "etc/passwd"), "nonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n");
  writeFileSync(path.join(folder, "etc/group"), "nonroot:x:65532:\n");
  mkdirSync(path.join(folder, "data"));
  mkdirSync(path.join(folder, "tmp"));
  chmodSync(path.join(folder, "tmp"), 0o1777);
  return { files, bytes };
}

/** The shared libraries of a program and its loader, as absolute paths: what ldd prints. */
function librariesOf(program: string): string[] {
  const output = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...output.matchAll(/(?:=>\s*)?(\/[^\s]+)\s+\(0x/g)].map((match) => match[1]!);
}
