import type { Credential, Credentials, TlsMaterial } from "../access.ts";
import { isKubeError, KubeError } from "../../errors.ts";
import { guarded, withHidden } from "../hidden.ts";
import { inOrder } from "./in-order.ts";
import { singleFlight, type SingleFlight } from "./single-flight.ts";
import type { CredentialPart, Source } from "./source.ts";

/** What never changes: who to act as, and how the server's certificate is judged. */
export interface FixedPart {
  /** The cluster's name, for errors. */
  readonly cluster?: string;
  readonly headers?: { readonly [name: string]: string | readonly string[] };
  readonly serverName?: string;
  readonly insecureSkipVerify?: boolean;
}

interface Combined {
  readonly parts: readonly CredentialPart[];
  readonly credential: Credential;
}

/** Credentials made of parts; where two give the same thing, the later one counts. */
export function combine(sources: readonly Source<CredentialPart>[], fixed: FixedPart = {}): Credentials {
  let last: Combined | undefined;
  let looking: { readonly for: Combined; readonly flight: SingleFlight<Credential> } | undefined;

  function take(parts: readonly CredentialPart[]): Credential {
    if (last === undefined || parts.some((part, index) => part !== last?.parts[index])) {
      last = {
        parts,
        credential: credentialOf(Object.assign({}, ...parts) as CredentialPart, fixed, last?.credential),
      };
    }
    return last.credential;
  }

  async function all(
    get: (source: Source<CredentialPart>, index: number) => Promise<CredentialPart>,
  ): Promise<Credential> {
    try {
      return take(await inOrder(sources.map(get)));
    } catch (error) {
      throw named(error, fixed.cluster);
    }
  }

  const current = (signal?: AbortSignal): Promise<Credential> => all((source) => source.current(signal));

  return {
    current,
    async rejected(credential, signal) {
      // Somebody else was refused with the same credential before, and there is another one by now.
      if (last === undefined || credential !== last.credential) return current(signal);
      const refused = last;
      if (looking?.for !== refused) {
        const again = (within: AbortSignal): Promise<Credential> =>
          all((source, index) => source.again(refused.parts[index]!, within));
        looking = { for: refused, flight: singleFlight(again) };
      }
      return looking.flight.join(signal);
    },
  };
}

/** Sources do not know whose they are. */
function named(error: unknown, cluster: string | undefined): unknown {
  if (!isKubeError(error) || cluster === undefined) return error;
  const { code, message, hint, cause } = error;
  return new KubeError(code, message, { cluster, cause, ...(hint === undefined ? {} : { hint }) });
}

/** Keeps `before`, or its TLS material, where nothing changed: another identity makes connections be made anew. */
function credentialOf(part: CredentialPart, fixed: FixedPart, before: Credential | undefined): Credential {
  const { authorization, ca, certificate, key } = part;
  const { serverName, insecureSkipVerify } = fixed;
  const tls: TlsMaterial = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(insecureSkipVerify === true ? { insecureSkipVerify } : {}),
  };
  const headers = guarded({ ...(authorization === undefined ? {} : { authorization }), ...fixed.headers });
  const kept = before !== undefined && sameTls(before.tls, tls) ? before.tls : withHidden(tls, "key");
  if (before !== undefined && kept === before.tls && before.headers["authorization"] === authorization) return before;
  return withHidden({ headers, tls: kept }, "headers", "tls");
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  if (a.certificate !== b.certificate || a.key !== b.key || a.ca?.length !== b.ca?.length) return false;
  return a.ca === undefined || a.ca.every((text, index) => text === b.ca?.[index]);
}
