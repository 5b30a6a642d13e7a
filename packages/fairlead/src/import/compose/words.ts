/** Splits a command line into words as a POSIX shell does, without expanding anything; undefined if a quote is open. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const c = line[at]!;
    if (quote === "'") {
      if (c === "'") quote = "";
      else word += c;
    } else if (quote === '"') {
      if (c === '"') quote = "";
      else if (c === "\\" && '"\\$`\n'.includes(line[at + 1] ?? "x")) {
        at++;
        if (line[at] !== "\n") word += line[at]!;
      } else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (c === "\\" && at + 1 < line.length) {
      at++;
      if (line[at] !== "\n") word = (word ?? "") + line[at]!;
    } else if (c === " " || c === "\t" || c === "\n" || c === "\r") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + c;
    }
  }
  if (quote !== "") return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Protects what Kubernetes would expand in commands, arguments and values of variables: there `$(NAME)` is a reference
 * and `$$` a dollar sign, in Compose both are plain text.
 */
export function escapeReferences(text: string): string {
  return text.replace(/\$+(?=\()|\${2,}/g, (dollars) => dollars + dollars);
}
