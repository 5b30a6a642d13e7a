/** Distinct identifiers in the form of random UUIDs (RFC 9562, version 4). `random` gives numbers in [0, 1). */
export function auditIds(random: () => number): () => string {
  const digits = (count: number): string =>
    Math.floor(random() * 16 ** count)
      .toString(16)
      .padStart(count, "0");
  const prefix = `${digits(8)}-${digits(4)}-4${digits(3)}-a${digits(3)}-`;
  let next = Math.floor(random() * 2 ** 47);
  return () => prefix + (next++).toString(16).padStart(12, "0");
}
