import { text } from "./readers.ts";
import type { Translation } from "./translation.ts";

/**
 * The cloud project. The predecessor chose between its authors' two by `env`; only compat mode does so, because an
 * annotation that changes would move the objects of a running system to another project.
 */
export function legacyProject(t: Translation, choseByEnv: boolean): void {
  if (t.move(["spec", "project"], ["spec", "project"], text)) return;
  const env = t.read(["spec", "env"]);
  if (t.compat && choseByEnv) {
    const project = env === "prod" ? "tokko-production" : "beecash-staging";
    t.put(["spec", "project"], project, env === undefined ? undefined : ["spec", "env"]);
  } else if (env !== undefined) {
    t.report("FL158", ["spec", "env"], {
      message: "spec.env has no effect on the project",
      hint: "Write spec.project, or messaging.project in an Environment object.",
    });
  }
}
