/** A template of Go's `text/template`, parsed. Positions are offsets in the text. */
export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly at: number; readonly pipe: Pipe }
  | {
      readonly kind: "if" | "with";
      readonly at: number;
      readonly pipe: Pipe;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | {
      readonly kind: "range";
      readonly at: number;
      readonly pipe: Pipe;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: "template"; readonly at: number; readonly name: string; readonly pipe: Pipe | undefined }
  | { readonly kind: "break" | "continue"; readonly at: number };

/** `$a, $b := first | second` */
export interface Pipe {
  readonly at: number;
  readonly names: readonly string[];
  /** `=` in place of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

/** A function with its arguments, or a value alone. */
export interface Command {
  readonly at: number;
  readonly terms: readonly Term[];
}

export type Term =
  | { readonly kind: "literal"; readonly value: string | number | boolean | undefined }
  | { readonly kind: "dot" }
  | { readonly kind: "field"; readonly at: number; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly at: number; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: "function"; readonly at: number; readonly name: string }
  | { readonly kind: "group"; readonly at: number; readonly pipe: Pipe; readonly path: readonly string[] };

/** What is wrong with a template, or with rendering it; `line` counts from 1. */
export interface TemplateProblem {
  readonly kind: "invalid";
  readonly line: number;
  readonly message: string;
}

/** Thrown inside of the parser and the interpreter only. */
export class TemplateFailure extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export function lineOf(text: string, at: number): number {
  let line = 1;
  for (let index = text.indexOf("\n"); index !== -1 && index < at; index = text.indexOf("\n", index + 1)) line += 1;
  return line;
}
