import { kindNames, loadKind } from "../kinds/load.ts";
import { paint } from "./paint.ts";

/** All kinds, one a line, with what each is for. */
export async function kindList(color: boolean): Promise<string> {
  const { bold } = paint(color);
  const kinds = await Promise.all(kindNames.map((name) => loadKind(name)));
  return kinds.map(({ kind, description }) => `${bold(kind.padEnd(18))} ${description}\n`).join("");
}
