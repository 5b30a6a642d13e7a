import { open } from "node:fs/promises";

const chunkBytes = 64 * 1024;

/** The bytes of a file, or undefined if it has more than `limit`. Rejects with the file system's error. */
export async function readBounded(path: string, limit: number): Promise<Buffer | undefined> {
  const file = await open(path);
  try {
    const chunks: Buffer[] = [];
    // Sizes are not asked for: pipes and devices have none.
    for (let total = 0; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
      if (bytesRead === 0) return Buffer.concat(chunks);
      total += bytesRead;
      if (total > limit) return undefined;
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** What an error of the file system means, for people. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return reasons.get(code) ?? (code === "" ? "an unknown error" : code);
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "it does not exist"],
  ["EACCES", "this user may not read it"],
  ["EPERM", "this user may not read it"],
  ["EISDIR", "it is a folder"],
  ["ENOTDIR", "a part of its path is no folder"],
  ["ELOOP", "its links lead in a circle"],
  ["EMFILE", "this process has too many files open"],
  ["ENAMETOOLONG", "its name is too long"],
  ["ERR_INVALID_ARG_VALUE", "its name holds a character that no file's name can hold"],
]);
