import { impersonationHeaders } from "../credentials/impersonate.ts";
import type { UserContext } from "./user-context.ts";

/** The headers that say whom to act as: what the options say of it, else the user's entry. */
export function resolveImpersonation({ entry, options, report }: UserContext): {
  readonly [name: string]: string | readonly string[];
} {
  const { settings } = entry;
  const user = options.as ?? settings.as;
  const uid = options.asUid ?? settings.asUid;
  const groups = options.asGroups ?? settings.asGroups;
  const extra = options.asUserExtra ?? settings.asUserExtra;
  const place = options.as === undefined ? entry.at(["as"]) : {};
  if (user === undefined) {
    if (uid !== undefined || (groups?.length ?? 0) > 0 || Object.keys(extra ?? {}).length > 0)
      report.error("FL730", place, "groups, uid or extra to act as are given, but no user", "name the user with `as`");
    return {};
  }
  const made = impersonationHeaders({
    user,
    ...(uid === undefined ? {} : { uid }),
    ...(groups === undefined ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  });
  if ("headers" in made) return made.headers;
  report.error("FL722", place, made.problem);
  return {};
}
