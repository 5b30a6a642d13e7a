/** A part of a user's credentials, in plain text: sources guard what they hand out. */
export interface CredentialPart {
  /** The whole value of the Authorization header. */
  readonly authorization?: string;
  readonly ca?: readonly string[];
  readonly certificate?: string;
  readonly key?: string;
}

/** Something that may change while the process runs. It gives the same value (`===`) as long as nothing changed. */
export interface Source<T> {
  /** Cheap when nothing changed. Rejects with a `KubeError` of code `credentials` or `aborted`. */
  current(signal?: AbortSignal): Promise<T>;
  /** The server refused what came with `value`: looks again, whatever is remembered. The same value if there is no other. */
  again(value: T, signal?: AbortSignal): Promise<T>;
}

/** A source of what never changes. */
export function constantSource<T>(value: T): Source<T> {
  const promise = Promise.resolve(value);
  return { current: () => promise, again: () => promise };
}
