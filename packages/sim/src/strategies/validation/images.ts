import type { JsonValue } from "@fairlead/apimachinery";
import { invalidValue } from "../../field-problem.ts";
import { text, type Problems } from "./checks.ts";

/** Templates have always taken spaces around the name of an image; pods do not. */
export function* paddedImage(container: JsonValue, at: string): Problems {
  const image = text(container, "image");
  if (image.trim() !== image) {
    yield invalidValue(`${at}.image`, image, "must not have leading or trailing whitespace");
  }
}
