import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/**
 * What servers made of contents that they did not keep as they were sent. What they answered is then what is wanted:
 * writing the same again would change nothing.
 */
export interface Answers {
  learn(id: string, desired: KrmObject, answer: JsonObject): void;
  isKnown(id: string, desired: KrmObject, observed: JsonObject): boolean;
  readonly size: number;
}

const mostRemembered = 10_000;

export function createAnswers(): Answers {
  const known = new Map<string, { readonly desired: string; readonly answer: string }>();
  return {
    learn(id, desired, answer) {
      if (known.size >= mostRemembered) known.clear();
      known.set(id, { desired: contentOf(desired), answer: contentOf(answer) });
    },
    isKnown(id, desired, observed) {
      const one = known.get(id);
      return one !== undefined && one.desired === contentOf(desired) && one.answer === contentOf(observed);
    },
    get size() {
      return known.size;
    },
  };
}

/** Everything that is written, with its members in a stable order. */
function contentOf(object: JsonObject): string {
  const parts = Object.entries(object).filter(([key]) => !["metadata", "status", "apiVersion"].includes(key));
  const { labels = {}, annotations = {} } = (object["metadata"] ?? {}) as JsonObject;
  return JSON.stringify([Object.fromEntries(parts), labels, annotations], (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
