/** Of one failure; what is longer is in the suite's own output. */
const mostLines = 25;
const mostFailures = 40;

/** Picks out of a suite's output, as it comes, the lines from a `✖` to the next mark of another result. */
export interface Failures {
  read(text: string): void;
  /** Everything that was picked, in order. */
  end(): readonly string[];
}

export function createFailures(): Failures {
  const picked: string[] = [];
  let failures = 0;
  /** Of the failure that is being read; 0: none is. */
  let left = 0;
  let rest = "";

  function line(text: string): void {
    if (text.startsWith("✖")) {
      failures++;
      if (failures === mostFailures + 1) picked.push("… and more");
      left = failures > mostFailures ? 0 : mostLines;
    } else if (/^(✔|──|  ℹ|real plane: )/.test(text)) left = 0;
    if (left === 0) return;
    left--;
    picked.push(text.length > 500 ? `${text.slice(0, 500)}…` : text);
  }

  return {
    read(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const one of lines) line(one);
    },
    end() {
      if (rest !== "") line(rest);
      rest = "";
      return picked;
    },
  };
}
