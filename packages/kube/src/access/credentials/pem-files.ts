import type { Clock } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import { fileSource, type TextOrigin } from "./files.ts";
import { checkKeyPair, readCertificates, type PemProblem } from "./pem.ts";
import type { CredentialPart, Source } from "./source.ts";

/** The certificates that may have signed the server's, from a text or a file that may change. */
export function caSource(origin: TextOrigin, clock: Clock): Source<CredentialPart> {
  const where = origin.kind === "file" ? origin.path : "certificate-authority-data";
  return fileSource([origin], {
    clock,
    read([text = ""]) {
      const found = readCertificates(text);
      if ("problem" in found) throw unusable({ ...found, problem: `${where} ${found.problem}` });
      return { ca: [text] };
    },
  });
}

/** A client certificate, possibly followed by those that signed it, and its key. */
export function keyPairSource(certificate: TextOrigin, key: TextOrigin, clock: Clock): Source<CredentialPart> {
  return fileSource([certificate, key], {
    clock,
    read([certificateText = "", keyText = ""]) {
      const pair = checkKeyPair(certificateText, keyText);
      if ("problem" in pair) throw unusable(pair);
      return { certificate: certificateText, key: keyText };
    },
  });
}

function unusable({ problem, hint }: PemProblem): KubeError {
  return new KubeError("credentials", problem, hint === undefined ? {} : { hint });
}
