import { renameSync, writeFileSync } from "node:fs";

/** Addresses by full name: `catalog.shop.svc.cluster.local`. */
export interface NameTable {
  set(name: string, addresses: readonly string[] | undefined): void;
  /** Names that somebody else gives, in place of those that he gave before. */
  setForeign(names: ReadonlyMap<string, readonly string[]>): void;
  /** Of a name as a program in a namespace says it: `catalog`, `catalog.shop`, `catalog.shop.svc` …; empty if unknown. */
  find(name: string, namespace: string): readonly string[];
  /** Writes the table to a file, now and whenever it changes. */
  writeTo(file: string): void;
}

export function nameTable(): NameTable {
  const own = new Map<string, readonly string[]>();
  let foreign: ReadonlyMap<string, readonly string[]> = new Map();
  let file: string | undefined;

  function write(): void {
    if (file === undefined) return;
    const entries = [...foreign, ...own].map(([name, addresses]) => [name.toLowerCase(), addresses] as const);
    // Readers see the old table or the new one.
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(entries)), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    set(name, addresses) {
      if (String(own.get(name)) === String(addresses)) return;
      if (addresses === undefined) own.delete(name);
      else own.set(name, addresses);
      write();
    },
    setForeign(names) {
      foreign = new Map(names);
      write();
    },
    find(name, namespace) {
      const plain = name.toLowerCase().replace(/\.$/, "");
      for (const domain of [`.${namespace}.svc.cluster.local`, ".svc.cluster.local", ".cluster.local", ""]) {
        const found = own.get(plain + domain) ?? foreign.get(plain + domain) ?? [];
        if (found.length > 0) return found;
      }
      return [];
    },
    writeTo(path) {
      file = path;
      write();
    },
  };
}
