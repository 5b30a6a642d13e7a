import { nameProblem } from "../compile/names.ts";

/** What is wrong with an answer, in a few words that follow a dash; undefined when nothing is. */
export type Check = (answer: string) => string | undefined;

/** The checks of `init`'s questions: what a person is likely to type by mistake, so that the question can be repeated. */
export const checks: { readonly [question in "name" | "image" | "port" | "path" | "host"]: Check } = {
  name: (answer) =>
    nameProblem(answer) === undefined ? undefined : "at most 63 lower-case letters, digits and dashes, a letter first",
  image: (answer) =>
    /^\S+$/.test(answer) ? undefined : "a reference without spaces, such as registry.example/shop:1.0.0",
  port: (answer) =>
    /^\d{1,5}$/.test(answer) && Number(answer) > 0 && Number(answer) < 65536 ? undefined : "a number from 1 to 65535",
  path: (answer) => (/^\/\S*$/.test(answer) ? undefined : "a path that begins with /"),
  host: (answer) =>
    answer === "" || /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(answer)
      ? undefined
      : "the bare name, such as shop.example: no scheme, port or path",
};

/** A name for the App of a folder: `My Project` is `my-project`; `app` where nothing is left. */
export function nameOfFolder(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^[^a-z]+|-+$/g, "");
  return name === "" ? "app" : name;
}
