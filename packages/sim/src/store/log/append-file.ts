import type { StoreError } from "../store-error.ts";
import type { OpenFile } from "./files.ts";
import { ioError } from "./io-error.ts";

/** A file that grows by whole records only. */
export interface AppendFile {
  /** Where the last good record ends. */
  readonly size: number;
  /**
   * Writes all of it, or nothing as far as a reader of the file is concerned.
   * @throws StoreError (`io`) where the file system refuses; where it refuses to take back what it has begun, or to sync,
   * all later calls fail, too.
   */
  append(record: Uint8Array): void;
  sync(): void;
  close(): void;
}

/** `name` is for messages. With `syncEach` a record lasts through a loss of power when `append` returns. */
export function appendFile(file: OpenFile, name: string, start: number, syncEach: boolean): AppendFile {
  let size = start;
  let broken: StoreError | undefined;

  function sync(): void {
    if (broken !== undefined) throw broken;
    try {
      file.sync();
    } catch (error) {
      // The kernel may have dropped what it could not write, and would not say so a second time.
      broken = ioError(`sync ${name}`, error);
      throw broken;
    }
  }

  function takeBack(): void {
    try {
      file.truncate(size);
    } catch (error) {
      broken ??= ioError(`take back what was written of a record to ${name}`, error);
    }
  }

  return {
    get size() {
      return size;
    },
    append(record) {
      if (broken !== undefined) throw broken;
      try {
        for (let written = 0; written < record.length;) {
          const count = file.write(record.subarray(written), size + written);
          if (count <= 0) throw new Error("it takes no more bytes");
          written += count;
        }
      } catch (error) {
        takeBack();
        throw ioError(`write to ${name}`, error);
      }
      if (syncEach) {
        try {
          sync();
        } catch (error) {
          takeBack();
          throw error;
        }
      }
      size += record.length;
    },
    sync,
    close: () => file.close(),
  };
}
