import type { JsonObject } from "@fairlead/apimachinery";

/** Who was asked. */
export type AskedBy = "injector" | "dry-run";

/** What became of a question. */
export type Asked =
  | { readonly kind: "answered"; readonly by: AskedBy; readonly pod: JsonObject }
  | {
      readonly kind: "failed";
      /**
       * `unreachable`: nobody could be asked this way. `injector`: it does not work now, for whatever pod. `answer`: it
       * answered, and what it said of this pod cannot be used.
       */
      readonly why: "unreachable" | "injector" | "answer";
      readonly by: AskedBy;
      readonly message: string;
    };
