import { get, isObject, labelKeyProblem, type JsonValue } from "@fairlead/apimachinery";
import { forbiddenValue } from "../../field-problem.ts";
import { labels, listOf, objections, read, type Problems } from "./checks.ts";
import { annotationsOf, formerAnnotationProblems, podAnnotationProblems } from "./pod-annotations.ts";
import { podSpecProblems } from "./pod-spec.ts";

/** What is wrong with the template of pods. */
export function* podTemplateProblems(template: JsonValue | undefined, at: string): Problems {
  yield* labels(`${at}.labels`, read(template, "metadata", "labels"));
  for (const key of Object.keys(annotationsOf(template)).sort()) {
    yield* objections(`${at}.annotations`, key, labelKeyProblem(key.toLowerCase()));
  }
  const found = get(template, "spec");
  const spec = isObject(found) ? found : {};
  yield* podAnnotationProblems(template, spec, `${at}.annotations`);
  yield* podSpecProblems(spec, `${at}.spec`, { isPod: false });
  yield* formerAnnotationProblems(template, spec, `${at}.spec`);
  if (listOf(spec["ephemeralContainers"]).length > 0) {
    yield forbiddenValue(`${at}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template");
  }
}
