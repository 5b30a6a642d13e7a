import { packedOf } from "./stored-objects.ts";
import type { Shape } from "./shape-pool.ts";
import type { Stored } from "./store.ts";

/**
 * Whether the JSON of a stored object may contain a text of ASCII that lies within one key or one value, its colon and
 * quotes included; never false where it does. It looks at what is packed: a shape is searched once for all that have it.
 */
export function mayContain(text: string): (stored: Stored) => boolean {
  const shapes = new Map<Shape, boolean>();
  return (stored) => {
    const packed = packedOf(stored);
    if (packed === undefined || packed.rest.includes(text)) return true;
    const { shape } = packed;
    if (shape === undefined) return false;
    let found = shapes.get(shape);
    if (found === undefined) shapes.set(shape, (found = shape.example.includes(text)));
    return found;
  };
}
