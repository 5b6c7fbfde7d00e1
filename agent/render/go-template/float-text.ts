/** Floating-point numbers as strconv.FormatFloat writes them: exact digits, rounded half to even. */

/** 0.d₁d₂d₃… × 10^point, without zeros at the end. Zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

interface Binary {
  /** Always 53 bits, except for zero. */
  readonly mantissa: bigint;
  /** The value is mantissa × 2^exponent. */
  readonly exponent: number;
}

const mantissaBits = 52n;

/** The number in the form of a verb (`e E f g G b x X`); for `g` and `x` a negative precision means "as many digits as are needed". */
export function formatFloat(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign || "+"}Inf`;
  return sign + formatSize(size, verb, precision);
}

function formatSize(size: number, verb: string, precision: number): string {
  switch (verb) {
    case "b":
      return binaryForm(size);
    case "x":
      return hexForm(size, precision);
    case "X":
      return hexForm(size, precision).toUpperCase();
    case "f":
      return fixedForm(size, precision);
    case "e":
      return scientificForm(size, precision);
    case "E":
      return scientificForm(size, precision).toUpperCase();
    case "G":
      return generalForm(size, precision).toUpperCase();
    default:
      return generalForm(size, precision);
  }
}

function fixedForm(size: number, precision: number): string {
  const { digits, point } = roundAt(exactDecimal(size), (decimal) => decimal.point + precision);
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const zeros = "0".repeat(Math.min(Math.max(-point, 0), precision));
  const fraction = (zeros + digits.slice(Math.max(point, 0))).padEnd(precision, "0");
  return precision === 0 ? whole : `${whole}.${fraction}`;
}

function scientificForm(size: number, precision: number): string {
  return scientific(
    roundAt(exactDecimal(size), () => precision + 1),
    precision,
  );
}

function scientific({ digits, point }: Decimal, places: number): string {
  const padded = digits.padEnd(places + 1, "0");
  const exponent = digits === "" ? 0 : point - 1;
  const power = `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return `${padded[0]}${places > 0 ? "." : ""}${padded.slice(1)}e${power}`;
}

function generalForm(size: number, precision: number): string {
  const wanted = Math.max(precision, 1);
  const decimal = precision < 0 ? shortestDecimal(size) : roundAt(exactDecimal(size), () => wanted);
  const { digits, point } = decimal;
  const limit = precision < 0 ? 6 : generalLimit(decimal, wanted);
  if (digits === "") return "0";
  if (point <= -4 || point > limit) return scientific(decimal, digits.length - 1);
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  return digits.length > point ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits.padEnd(point, "0");
}

/** From which exponent `%g` of a given precision turns to the scientific form. */
function generalLimit({ digits, point }: Decimal, precision: number): number {
  return precision > digits.length && digits.length >= point ? digits.length : precision;
}

function shortestDecimal(size: number): Decimal {
  if (size === 0) return { digits: "", point: 0 };
  const [mantissa = "", exponent = ""] = size.toExponential().split("e");
  return { digits: mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** Every digit that the binary number has. */
function exactDecimal(size: number): Decimal {
  if (size === 0) return { digits: "", point: 0 };
  const { mantissa, exponent } = binaryOf(size);
  const digits = (exponent < 0 ? mantissa * 5n ** BigInt(-exponent) : mantissa << BigInt(exponent)).toString();
  const point = exponent < 0 ? digits.length + exponent : digits.length;
  return { digits: digits.replace(/0+$/, ""), point };
}

/** Keeps as many digits as `count` says. */
function roundAt(decimal: Decimal, count: (decimal: Decimal) => number): Decimal {
  const { digits, point } = decimal;
  const kept = count(decimal);
  if (kept >= digits.length) return decimal;
  if (kept < 0) return { digits: "", point: 0 };
  const head = digits.slice(0, kept);
  const rest = digits.slice(kept);
  const isOdd = kept > 0 && Number(head[kept - 1]) % 2 === 1;
  const roundsUp = rest > "5" || (rest === "5" && isOdd);
  const rounded = roundsUp ? String(BigInt(head || "0") + 1n).padStart(kept, "0") : head;
  const trimmed = rounded.replace(/0+$/, "");
  return { digits: trimmed, point: trimmed === "" ? 0 : point + rounded.length - kept };
}

function binaryOf(size: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> mantissaBits);
  const fraction = bits & ((1n << mantissaBits) - 1n);
  return exponent === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << mantissaBits), exponent: exponent - 1075 };
}

function binaryForm(size: number): string {
  const { mantissa, exponent } = binaryOf(size);
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** `0x1.8p+01`: one hexadecimal digit, a fraction, a power of two. */
function hexForm(size: number, precision: number): string {
  let { mantissa, exponent } = binaryOf(size);
  for (; mantissa !== 0n && mantissa >> mantissaBits === 0n; exponent--) mantissa <<= 1n;
  const power = mantissa === 0n ? 0 : exponent + 52;
  const dropped = precision >= 0 && precision < 13 ? BigInt(4 * (13 - precision)) : 0n;
  const rounded = roundBits(mantissa, dropped) << dropped;
  const carried = rounded >> (mantissaBits + 1n) > 0n ? 1 : 0;
  const all = (rounded >> BigInt(carried)).toString(16).padStart(14, "0");
  const fraction = precision < 0 ? all.slice(1).replace(/0+$/, "") : all.slice(1, precision + 1).padEnd(precision, "0");
  const shown = Math.abs(power + carried);
  const tail = `p${power + carried < 0 ? "-" : "+"}${String(shown).padStart(2, "0")}`;
  return `0x${all[0]}${fraction === "" ? "" : `.${fraction}`}${tail}`;
}

function roundBits(mantissa: bigint, dropped: bigint): bigint {
  const kept = mantissa >> dropped;
  const rest = mantissa - (kept << dropped);
  const half = dropped === 0n ? 1n : 1n << (dropped - 1n);
  return rest > half || (rest === half && kept % 2n === 1n) ? kept + 1n : kept;
}
