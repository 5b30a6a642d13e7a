/** The part of a file system that the log needs; tests hand in one that fails. All of it throws what Node would throw. */
export interface Files {
  /** Makes a folder and those above it, readable by its owner only; nothing if it is there. */
  makeFolder(folder: string): void;
  /** The names in a folder. */
  list(folder: string): readonly string[];
  /** Opens to read and write. */
  open(path: string): OpenFile;
  /** Makes it, readable by its owner only, or empties it, and opens it to read and write. */
  create(path: string): OpenFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes the names in a folder last through a loss of power. */
  syncFolder(folder: string): void;
  /** Keeps everybody else from locking the same file, as long as this process lives or until the function is called. */
  lock(path: string): Release | "taken";
}

export type Release = () => void;

export interface OpenFile {
  size(): number;
  /** Reads up to the length of `into` from `position` on; how many bytes it got, 0 at the end. */
  read(into: Uint8Array, position: number): number;
  /** How many bytes it wrote: it may be fewer than there are. */
  write(from: Uint8Array, position: number): number;
  truncate(size: number): void;
  /** Makes its content last through a loss of power. */
  sync(): void;
  close(): void;
}
