/** One entry of an `Accept` header. */
export interface AcceptClause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  /** `as`, `v`, `g`, `charset` …, without `q`. */
  readonly params: ReadonlyMap<string, string>;
}

const maxClauses = 100;

/**
 * The entries of an `Accept` header in the order in which kube-apiserver tries them (goautoneg: by quality, wildcards
 * last). Entries that are none are left out, and so is what comes after a hundred.
 */
export function parseAccept(header: string): readonly AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of header.split(",", maxClauses)) {
    const [range = "", ...rest] = part.split(";");
    const slash = range.split("/");
    const type = slash[0]!.trim();
    const subtype = slash.length === 1 && type === "*" ? "*" : slash.length === 2 ? slash[1]!.trim() : "";
    if (subtype === "") continue;
    let quality = 1;
    const params = new Map<string, string>();
    for (const param of rest) {
      const pair = param.split("=");
      if (pair.length !== 2 || pair[1] === "") continue;
      const name = pair[0]!.trim();
      if (name === "q") quality = Number.parseFloat(pair[1]!) || 0;
      else params.set(name, pair[1]!.trim());
    }
    insert(clauses, { type, subtype, quality, params });
  }
  return clauses;
}

/** As an insertion sort of Go does it: `goesBefore` is no order in the mathematical sense. */
function insert(clauses: AcceptClause[], clause: AcceptClause): void {
  let at = clauses.length;
  while (at > 0 && goesBefore(clause, clauses[at - 1]!)) at--;
  clauses.splice(at, 0, clause);
}

function goesBefore(a: AcceptClause, b: AcceptClause): boolean {
  if (a.quality > b.quality) return true;
  return (a.type !== "*" && b.type === "*") || (a.subtype !== "*" && b.subtype === "*");
}

/** Whether the clause takes `application/json`, `application/yaml` … */
export function takes(clause: AcceptClause, type: string, subtype: string): boolean {
  if (clause.type === "*") return clause.subtype === "*";
  return clause.type === type && (clause.subtype === subtype || clause.subtype === "*");
}

/** An object that the client asks for instead of the one that the path names: `as=Table;g=meta.k8s.io;v=v1`. */
export interface Conversion {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The conversion that a clause asks for; undefined when it asks for none. */
export function conversionOf({ params }: AcceptClause): Conversion | undefined {
  const kind = params.get("as");
  const group = params.get("g");
  const version = params.get("v");
  if (kind === undefined && group === undefined && version === undefined) return undefined;
  return { group: group ?? "", version: version ?? "", kind: kind ?? "" };
}
