const irregular: { readonly [kind: string]: string } = { Vertex: "vertices", MonoVertex: "monovertices" };

/** The name of a kind in paths and rules: `virtualservices`, `serviceentries`. Right for all kinds of a mesh. */
export function resourceOf(kind: string): string {
  if (Object.hasOwn(irregular, kind)) return irregular[kind]!;
  const lower = kind.toLowerCase();
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
