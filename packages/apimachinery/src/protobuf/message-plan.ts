import type { Field, Messages } from "./messages.ts";

/** What may follow a field's number; 0 stands for numbers that no field has. */
export const noField = 0;
export const varintField = 1;
export const fixed64Field = 2;
export const bytesField = 3;
/** A part with fields of its own. */
export const nestedField = 4;

/** A message by numbers alone, for who only checks. */
export interface MessagePlan {
  readonly name: string;
  /** One of the constants, by field number. */
  readonly codes: readonly number[];
  /** Of what is nested, by field number. */
  readonly nested: readonly (MessagePlan | undefined)[];
  /** Where the field is written once, and has fields of its own: `metadata`, `spec`, `status`. By field number. */
  readonly single: readonly boolean[];
  /** Seconds of a Time: JSON has no years beyond 9999. */
  readonly isTime: boolean;
}

interface Draft {
  readonly name: string;
  readonly codes: number[];
  readonly nested: (MessagePlan | undefined)[];
  readonly single: boolean[];
  readonly isTime: boolean;
}

/** Of the types that have one letter: their fields from 1 on. */
const specials: { readonly [type: string]: readonly number[] } = {
  T: [varintField, varintField],
  M: [varintField, varintField],
  D: [varintField],
  Q: [bytesField],
  I: [varintField, varintField, bytesField],
  R: [bytesField],
  F: [bytesField],
  V: [bytesField],
};

const schemaMessage = "apiextensions.v1.JSONSchemaProps";

/** Plans of messages, made when first asked for; they may contain themselves. */
export function messagePlans(messages: Messages): (name: string) => MessagePlan {
  const plans = new Map<string, Draft>();

  function draft(name: string, isTime = false): Draft {
    const made: Draft = { name, codes: [noField], nested: [undefined], single: [false], isTime };
    plans.set(name, made);
    return made;
  }

  function put(into: Draft, number: number, code: number, inner?: MessagePlan, single = false): void {
    while (into.codes.length <= number) {
      into.codes.push(noField);
      into.nested.push(undefined);
      into.single.push(false);
    }
    into.codes[number] = code;
    into.nested[number] = inner;
    into.single[number] = single;
  }

  function putType(into: Draft, number: number, type: string, single: boolean): void {
    if (type === "b" || type === "i") put(into, number, varintField);
    else if (type === "d") put(into, number, fixed64Field);
    else if (type === "s" || type === "y") put(into, number, bytesField);
    else put(into, number, nestedField, plan(type), single && type.length > 1);
  }

  function special(type: string): MessagePlan {
    const made = draft(type, type === "T" || type === "M");
    specials[type]!.forEach((code, index) => put(made, index + 1, code));
    return made;
  }

  /** Of a JSONSchemaProps: a schema, or else schemas (`A`), a boolean (`B`) or texts (`C`). */
  function choice(type: string): MessagePlan {
    const made = draft(type);
    const schema = plan(schemaMessage);
    if (type === "B") put(made, 1, varintField);
    else put(made, 1, nestedField, schema);
    if (type === "C") put(made, 2, bytesField);
    else put(made, 2, nestedField, schema);
    return made;
  }

  function entry(of: Draft, { number, type }: Field): MessagePlan {
    const made = draft(`${of.name}#${number}`);
    put(made, 1, bytesField);
    putType(made, 2, type, false);
    return made;
  }

  function plan(name: string): MessagePlan {
    const known = plans.get(name);
    if (known !== undefined) return known;
    if (Object.hasOwn(specials, name)) return special(name);
    if (name === "A" || name === "B" || name === "C") return choice(name);
    const { fields } = messages.message(name);
    const made = draft(name);
    for (const field of fields) {
      if (field.kind === "map") put(made, field.number, nestedField, entry(made, field));
      else putType(made, field.number, field.type, field.kind !== "list");
    }
    return made;
  }

  return plan;
}
