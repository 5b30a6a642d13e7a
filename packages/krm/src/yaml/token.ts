/** Kinds of tokens. `none` and `possibleKey` are places where a key may turn out to have begun. */
export const token = {
  none: 0,
  possibleKey: 1,
  mapStartAndKey: 2,
  key: 3,
  value: 4,
  blockEntry: 5,
  blockSeqStart: 6,
  blockMapStart: 7,
  blockEnd: 8,
  flowSeqStart: 9,
  flowSeqEnd: 10,
  flowMapStart: 11,
  flowMapEnd: 12,
  flowEntry: 13,
  alias: 14,
  anchor: 15,
  tag: 16,
  scalar: 17,
  end: 18,
} as const;

export const style = { plain: 0, single: 1, double: 2, literal: 3, folded: 4 } as const;
