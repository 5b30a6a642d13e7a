import { stat } from "node:fs/promises";
import type { Clock } from "@fairlead/apimachinery";
import { KubeError } from "../../errors.ts";
import { readBounded, whyUnreadable } from "../read-bounded.ts";
import { inOrder } from "./in-order.ts";
import { singleFlight } from "./single-flight.ts";
import type { Source } from "./source.ts";

/** Where a text comes from: it stands in the kubeconfig, or in a file, which may be replaced while the process runs. */
export type TextOrigin =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly path: string };

export interface FileSourceOptions<T> {
  readonly clock: Clock;
  /** What the texts mean, in the order of the origins. It throws a `KubeError` of code `credentials` for what is wrong. */
  readonly read: (texts: readonly string[]) => T;
}

/** Files are looked at (not read) at most this often, in milliseconds. */
const checkEveryMs = 1_000;
const maximumBytes = 4 * 1024 * 1024;

/**
 * What some files hold, read again when one of them changed: by size, time of change, or identity, which differs when
 * a kubelet swaps the link of a volume. Several files are taken over only together and only when they make sense:
 * while somebody is replacing them, and when they are gone, the last good value stays.
 */
export function fileSource<T>(origins: readonly TextOrigin[], { clock, read }: FileSourceOptions<T>): Source<T> {
  let known: { readonly texts: readonly string[]; readonly value: T } | undefined;
  let signature = "";
  let checkedAt = -Infinity;

  async function look(force: boolean): Promise<T> {
    const now = clock.monotonic();
    try {
      const found = await signatureOf(origins);
      if (known !== undefined && !force && found === signature) return known.value;
      const texts = await inOrder(origins.map(textOf));
      if (known === undefined || texts.some((text, index) => text !== known?.texts[index]))
        known = { texts, value: read(texts) };
      signature = found;
      return known.value;
    } catch (error) {
      if (known === undefined) throw error;
      return known.value;
    } finally {
      checkedAt = now;
    }
  }

  const check = singleFlight(() => look(false));
  const forced = singleFlight(() => look(true));
  return {
    async current(signal) {
      if (known !== undefined && clock.monotonic() - checkedAt < checkEveryMs) return known.value;
      return check.join(signal);
    },
    async again(_value, signal) {
      return forced.join(signal);
    },
  };
}

async function signatureOf(origins: readonly TextOrigin[]): Promise<string> {
  const parts = origins.map(async (origin) => {
    if (origin.kind === "text") return "";
    const found = await stat(origin.path, { bigint: true }).catch((error: unknown) => unreadable(origin.path, error));
    return `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`;
  });
  return (await inOrder(parts)).join(" ");
}

async function textOf(origin: TextOrigin): Promise<string> {
  if (origin.kind === "text") return origin.text;
  const bytes = await readBounded(origin.path, maximumBytes).catch((error: unknown) => unreadable(origin.path, error));
  if (bytes !== undefined) return bytes.toString("utf8");
  throw new KubeError("credentials", `${origin.path} has more than ${maximumBytes} bytes, which no credential has`);
}

function unreadable(path: string, error: unknown): never {
  throw new KubeError("credentials", `${path} cannot be read: ${whyUnreadable(error)}`, { cause: error });
}
