/** Where the embedded server answers otherwise than kube-apiserver, and why a user would accept that. */
export interface Difference {
  readonly file: string;
  readonly title: string;
  /** Which step, from 1. */
  readonly step: number;
  readonly reason: string;
}

export const differences: readonly Difference[] = [];
