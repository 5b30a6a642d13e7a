import { defineFindings, hasErrors, type Finding } from "@fairlead/krm";

/** FL600–649: what the command line itself meets. */
export const cliFinding = defineFindings({
  FL601: {
    title: "The input cannot be read",
    severity: "error",
    explanation: "A path given with -f does not exist, holds no manifests, or cannot be opened.",
    remedy: "Correct the path. -f takes files, folders, quoted globs, kustomizations and - for standard input.",
  },
  FL602: {
    title: "A kustomization would fetch something from a network",
    severity: "error",
    explanation:
      "Rendering is hermetic: the same files give the same objects, on a laptop and in CI. A remote base breaks that.",
    remedy: "Vendor the base into the repository, or allow fetching with --allow-remote.",
  },
  FL603: {
    title: "A kustomization cannot be built",
    severity: "error",
    explanation: "Kustomizations are built by the kustomize or kubectl on the PATH; it is missing or it refused.",
    remedy: "Install kustomize or kubectl, or correct what its message names.",
  },
  FL604: {
    title: "A file could not be written",
    severity: "error",
    explanation: "The target of --out or a file that convert rewrites cannot be written.",
    remedy: "Check that the folder exists and may be written.",
  },
  FL605: {
    title: "There is nothing to explain",
    severity: "error",
    explanation: "`fairlead explain` was asked for a kind or a field that does not exist.",
    remedy: "`fairlead explain` without arguments lists all kinds; `fairlead explain KIND` lists its fields.",
  },
  FL606: {
    title: "The name cannot be a name",
    severity: "error",
    explanation: "`fairlead init` needs a name that Kubernetes accepts.",
    remedy: "Use at most 63 lower-case letters, digits and dashes; begin with a letter.",
  },
  FL607: {
    title: "The input is empty",
    severity: "info",
    explanation: "What -f names could be read, but there is no object in it. That is fine if it was meant.",
    remedy: "Check the path, and whatever was to write the input.",
  },
});

/** FL607 when what was read holds no document at all: often the path, or what was to write it, is wrong. */
export function nothingFound(
  { documents, findings }: { readonly documents: number; readonly findings: readonly Finding[] },
  files: readonly { readonly name: string }[],
): readonly Finding[] {
  // A document that could not be read was there all the same.
  if (documents > 0 || files.length === 0 || hasErrors(findings)) return [];
  const names = files.slice(0, 3).map(({ name }) => name);
  const more = files.length > names.length ? ` and ${files.length - names.length} more` : "";
  return [cliFinding("FL607", { message: `there is nothing in ${names.join(", ")}${more}` })];
}
