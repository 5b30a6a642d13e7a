import { renameSync, writeFileSync } from "node:fs";

/** Where a name leads to. */
export interface NamedPlace {
  /** Empty with an alias. */
  readonly addresses: readonly string[];
  /** Another name, which is looked up in its place. */
  readonly alias?: string;
  /** Ports of this machine by those that programs say, where no rule says which. */
  readonly ports?: Readonly<Record<number, number>>;
}

/** What the file says, by full name: `catalog.shop.svc.cluster.local`. */
export type NameFile = Readonly<Record<string, NamedPlace>>;

/** Places by full name. */
export interface NameTable {
  set(name: string, place: NamedPlace | undefined): void;
  /** Names that somebody else gives, in place of those that the same one gave before. */
  setForeign(names: ReadonlyMap<string, NamedPlace>, source?: string): void;
  /** Of a name as a program in a namespace says it: `catalog`, `catalog.shop`, `catalog.shop.svc` …; undefined if unknown. */
  find(name: string, namespace: string): NamedPlace | undefined;
  /** Writes the table to a file, now and whenever it changes. */
  writeTo(file: string): void;
}

const mostAliases = 8;

export function nameTable(): NameTable {
  const own = new Map<string, NamedPlace>();
  const sources = new Map<string, ReadonlyMap<string, NamedPlace>>();
  let foreign: ReadonlyMap<string, NamedPlace> = new Map();
  let file: string | undefined;

  function write(): void {
    if (file === undefined) return;
    const entries = [...foreign, ...own].map(([name, place]) => [name.toLowerCase(), place] as const);
    // Readers see the old table or the new one.
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    set(name, place) {
      if (JSON.stringify(own.get(name)) === JSON.stringify(place)) return;
      if (place === undefined) own.delete(name);
      else own.set(name, place);
      write();
    },
    setForeign(names, source = "") {
      const before = sources.get(source);
      if (before !== undefined && JSON.stringify([...before]) === JSON.stringify([...names])) return;
      sources.set(source, new Map(names));
      foreign = new Map([...sources.values()].flatMap((one) => [...one]));
      write();
    },
    find: (name, namespace) => find(name, namespace, 0),
    writeTo(path) {
      file = path;
      write();
    },
  };

  function find(name: string, namespace: string, depth: number): NamedPlace | undefined {
    const plain = name.toLowerCase().replace(/\.$/, "");
    for (const domain of [`.${namespace}.svc.cluster.local`, ".svc.cluster.local", ".cluster.local", ""]) {
      const found = own.get(plain + domain) ?? foreign.get(plain + domain);
      if (found?.alias !== undefined)
        return depth > mostAliases ? undefined : (find(found.alias, namespace, depth + 1) ?? found);
      if (found !== undefined && found.addresses.length > 0) return found;
    }
    return undefined;
  }
}
