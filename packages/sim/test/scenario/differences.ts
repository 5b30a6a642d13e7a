/** Where the embedded server answers otherwise than kube-apiserver, and why a user would accept that. */
export interface Difference {
  readonly file: string;
  readonly title: string;
  /** Which step, from 1. */
  readonly step: number;
  readonly reason: string;
}

export const differences: readonly Difference[] = [
  {
    file: "definitions",
    title: "Definitions that are refused",
    step: 8,
    reason: "A rule with a syntax error is refused at the same field; where and what it is are told in other words.",
  },
  {
    file: "kinds-pods",
    title: "What of a Pod may change",
    step: 11,
    reason: "The message has no line-by-line comparison of the server's internal structures.",
  },
  {
    file: "persistent-volumes",
    title: "What of a volume may change",
    step: 2,
    reason: "The message has no line-by-line comparison of the server's internal structures.",
  },
];
