/** What all of them come to. Of several that fail the first in order is told, not the one whose error came first. */
export async function inOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  // One that fails behind another is nobody's news, and must not end the process.
  for (const promise of promises) promise.catch(() => undefined);
  const values: T[] = [];
  for (const promise of promises) values.push(await promise);
  return values;
}
