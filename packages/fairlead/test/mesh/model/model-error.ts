/** Something that must not happen. */
export class ModelError extends Error {}

export function fail(problems: readonly string[]): void {
  if (problems.length > 0) throw new ModelError(problems.slice(0, 5).join("\n"));
}
