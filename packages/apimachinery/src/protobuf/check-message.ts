import { fixed64Field, nestedField, noField, type MessagePlan, varintField } from "./message-plan.ts";
import { type Cursor, unexpectedEnd, WireProblem } from "./wire.ts";

/** As deep as what decodes goes. */
const maxDepth = 128;
const lastSecond = 253_402_300_799;

/**
 * Whether every field of a message, at any depth, is one that is known, and written as its type is: what decodes passes
 * over fields of other numbers, which a newer server may send. Reads from `cursor.at` to `cursor.end`. Throws a
 * WireProblem that names the message and the number; texts, base64 and JSON inside are not looked at.
 */
export function checkMessage(plan: MessagePlan, cursor: Cursor): void {
  check(plan, cursor, cursor.end, 0);
}

function check(plan: MessagePlan, cursor: Cursor, end: number, depth: number): void {
  if (depth > maxDepth) throw new WireProblem("the message nests too deep");
  const { codes } = plan;
  while (cursor.at < end) {
    const tag = readNumber(cursor, end);
    const number = Math.floor(tag / 8);
    const code = number < codes.length ? codes[number]! : noField;
    if (code === noField) throw new WireProblem(`${plan.name} has a field ${number}`);
    const type = tag % 8;
    if (type !== (code === varintField ? 0 : code === fixed64Field ? 1 : 2)) {
      throw new WireProblem(`proto: wrong wireType for field ${number} of ${plan.name}`);
    }
    if (code === varintField) {
      const value = readNumber(cursor, end);
      if (plan.isTime && number === 1 && value > lastSecond && value < 2 ** 63) {
        throw new WireProblem("Time: year outside of range [0,9999]");
      }
      continue;
    }
    const length = code === fixed64Field ? 8 : readNumber(cursor, end);
    if (length > end - cursor.at) throw new WireProblem(unexpectedEnd);
    if (code === nestedField) check(plan.nested[number]!, cursor, cursor.at + length, depth + 1);
    else cursor.at += length;
  }
}

/**
 * An unsigned number as a double: exact below 2^53, which is all that tags and lengths need. Throws a WireProblem where
 * it does not end before `end`, or has more than ten bytes.
 */
export function readNumber(cursor: Cursor, end: number): number {
  const { bytes } = cursor;
  let value = 0;
  let factor = 1;
  for (let count = 0; count < 10; count++) {
    if (cursor.at >= end) throw new WireProblem(unexpectedEnd);
    const byte = bytes[cursor.at++]!;
    if (byte < 0x80) return value + byte * factor;
    value += (byte & 0x7f) * factor;
    factor *= 0x80;
  }
  throw new WireProblem("proto: integer overflow");
}
