import { randomUUID } from "node:crypto";
import { open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { get, type Clock, type FieldPath } from "@fairlead/apimachinery";
import { editDocument, parseStream } from "@fairlead/krm";
import { readBounded, whyUnreadable } from "../read-bounded.ts";

/** The tokens of one user, before and after a refresh. */
export interface TokenChange {
  /** The name of the user's entry. */
  readonly user: string;
  readonly usedRefreshToken: string;
  readonly idToken: string;
  /** Absent if the issuer gave no new one: then the used one stays good. */
  readonly refreshToken?: string;
}

const maximumBytes = 32 * 1024 * 1024;
/** How long another program's lock is waited for, and how often it is looked at, in milliseconds. */
const patience = { total: 2_000, step: 50 };

/**
 * Writes refreshed OIDC tokens into the kubeconfig that had the old ones, under kubectl's own lock (`FILE.lock`). Nothing
 * else in the file changes, and nothing at all when somebody else replaced the tokens meanwhile. Returns why it was not
 * done, undefined when it was or need not be. Never rejects.
 */
export async function keepTokens(file: string, change: TokenChange, clock: Clock): Promise<string | undefined> {
  try {
    const target = await realpath(file);
    const lock = `${target}.lock`;
    if (!(await acquire(lock, clock))) return `${lock} exists: another program seems to be changing the file`;
    try {
      const text = (await readBounded(target, maximumBytes))?.toString("utf8") ?? "";
      const changed = withTokens(text, change);
      if (changed !== undefined) await replace(target, changed);
      return undefined;
    } finally {
      await rm(lock, { force: true });
    }
  } catch (error) {
    return `${file} cannot be changed: ${whyUnreadable(error)}`;
  }
}

async function acquire(lock: string, clock: Clock): Promise<boolean> {
  for (let waited = 0; ; waited += patience.step) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return true;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      if (waited >= patience.total) return false;
      await new Promise<void>((resolve) => void clock.after(patience.step, resolve));
    }
  }
}

/** A reader of the file sees the old text or the new one, never a half. */
async function replace(target: string, text: string): Promise<void> {
  const { mode } = await stat(target);
  const next = `${target}.${randomUUID()}.tmp`;
  try {
    await writeFile(next, text, { mode: mode & 0o777, flag: "wx" });
    await rename(next, target);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** The text of a kubeconfig with other tokens, or undefined if it does not have the used ones (any more). */
export function withTokens(text: string, change: TokenChange): string | undefined {
  const users = get(parseStream(text).documents[0]?.value, "users");
  if (!Array.isArray(users)) return undefined;
  const index = users.findIndex((user) => get(user, "name") === change.user);
  const path: FieldPath = ["users", index, "user", "auth-provider", "config"];
  const config = get(get(get(users[index], "user"), "auth-provider"), "config");
  if (get(config, "refresh-token") !== change.usedRefreshToken) return undefined;
  const { text: changed, findings } = editDocument(text, [
    { op: "set", path: [...path, "id-token"], value: change.idToken },
    ...(change.refreshToken === undefined
      ? []
      : [{ op: "set" as const, path: [...path, "refresh-token"], value: change.refreshToken }]),
  ]);
  return findings.length === 0 && changed !== text ? changed : undefined;
}
