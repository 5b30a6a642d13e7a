const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

const most = 2n ** 63n - 1n;

interface Parts {
  readonly value: bigint;
  readonly scale: number;
  readonly format: string;
  /** What Go keeps of the text, to give it back as it is. */
  readonly kept: string;
}

/** A canonical quantity as Go holds it once it is parsed; undefined for those that it holds in another way. */
function partsOf(text: string): Parts | undefined {
  if (text === "0") return { value: 0n, scale: 0, format: "DecimalSI", kept: "0" };
  const match = /^(-?)([1-9]\d{0,17})([a-zA-Z]*?)(e-?\d+)?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "", suffix = "", exponentText] = match;
  const number = BigInt(digits) * (sign === "-" ? -1n : 1n);
  const power = binary.indexOf(suffix);
  if (power > 0) {
    const precision = 15 - digits.length - Math.trunc((power * 10 * 3) / 10) - 1;
    const value = number * 2n ** BigInt(10 * power);
    if (precision < 0 || value > most || value < -most) return undefined;
    return { value, scale: 0, format: "BinarySI", kept: (BigInt(digits) & 7n) === 0n ? "" : text };
  }
  const step = decimal.indexOf(suffix);
  if (step === -1) return undefined;
  const scale = exponentText === undefined ? 3 * (step - 3) : Number(exponentText.slice(1));
  const format = exponentText === undefined ? "DecimalSI" : "DecimalExponent";
  if (scale < -9) return undefined;
  return { value: number, scale, format, kept: scale % 3 === 0 && !digits.endsWith("000") ? text : "" };
}

/** `resource.Quantity` as Go prints it with types. */
export function goQuantity(text: string): string | undefined {
  const parts = partsOf(text);
  if (parts === undefined) return undefined;
  const { value, scale, format, kept } = parts;
  const amount = `{value:(int64)${value} scale:(resource.Scale)${scale}}`;
  return `{i:(resource.int64Amount)${amount} d:(resource.infDecAmount){Dec:(*inf.Dec)<nil>} s:(string)${kept} Format:(resource.Format)${format}}`;
}
