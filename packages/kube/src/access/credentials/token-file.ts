import type { Clock } from "@fairlead/apimachinery";
import { isKubeError, KubeError } from "../../errors.ts";
import { bearer } from "./authorization.ts";
import { fileSource, type TextOrigin } from "./files.ts";
import type { CredentialPart, Source } from "./source.ts";

/** The token of a file; `otherwise` (a header) as long as the file was never readable, as in client-go. */
export function tokenFileSource(origin: TextOrigin, clock: Clock, otherwise?: string): Source<CredentialPart> {
  const where = origin.kind === "file" ? origin.path : "the token";
  const source = fileSource<CredentialPart>([origin], {
    clock,
    read([text = ""]) {
      const authorization = bearer(text.trim());
      if (authorization !== undefined) return { authorization };
      const problem = text.trim() === "" ? "is empty" : "holds something else than one token";
      throw new KubeError("credentials", `${where} ${problem}`, {
        hint: "the file has to hold a token and nothing else",
      });
    },
  });
  if (otherwise === undefined) return source;
  const fallback: CredentialPart = { authorization: otherwise };
  const orElse = (error: unknown): CredentialPart => {
    if (isKubeError(error, "credentials")) return fallback;
    throw error;
  };
  return {
    current: (signal) => source.current(signal).catch(orElse),
    again: (value, signal) => source.again(value, signal).catch(orElse),
  };
}
