import { kindNames, loadKind } from "../kinds/load.ts";
import { meshKinds } from "./explained-kind.ts";
import { paint } from "./paint.ts";

/** All kinds, those of a mesh last, one a line, with what each is for. */
export async function kindList(color: boolean): Promise<string> {
  const { bold } = paint(color);
  const kinds = await Promise.all(kindNames.map((name) => loadKind(name)));
  const all = [...kinds, ...(await meshKinds())];
  const width = Math.max(...all.map(({ kind }) => kind.length));
  return all.map(({ kind, description }) => `${bold(kind.padEnd(width))} ${description}\n`).join("");
}
