const most = 100;

/**
 * Paths of the keys that an object of a JSON text has twice, as strict decoding names them: `spec.ports[0].name`. The
 * text must be JSON; what is nested too deeply to matter is passed over with the rest.
 */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  const open: Level[] = [];
  for (let i = 0; i < text.length && found.length < most; i++) {
    const level = open.at(-1);
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = stringEnd(text, i);
        if (level?.keys !== undefined && level.expectsKey) {
          const key = JSON.parse(text.slice(i, end + 1)) as string;
          if (level.keys.has(key)) found.push(pathOf(open, key));
          level.keys.add(key);
          level.at = key;
          level.expectsKey = false;
        }
        i = end;
        break;
      }
      case 0x7b:
        open.push({ keys: new Set(), expectsKey: true, at: "" });
        break;
      case 0x5b:
        open.push({ keys: undefined, expectsKey: false, at: 0 });
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        break;
      case 0x2c:
        if (level?.keys !== undefined) level.expectsKey = true;
        else if (level !== undefined) level.at = Number(level.at) + 1;
    }
  }
  return found;
}

interface Level {
  /** Of an object; a list has none. */
  readonly keys: Set<string> | undefined;
  expectsKey: boolean;
  at: string | number;
}

function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22) return i;
  }
  return text.length;
}

function pathOf(open: readonly Level[], key: string): string {
  let path = "";
  for (const { at } of open.slice(0, -1)) path += typeof at === "number" ? `[${at}]` : `${path === "" ? "" : "."}${at}`;
  return `${path}${path === "" ? "" : "."}${key}`;
}
