import { nearest } from "@fairlead/apimachinery";

/** The known name that was probably meant, or undefined when none is near. */
export function didYouMean(found: string, known: Iterable<string>): string | undefined {
  return nearest(found, known);
}
