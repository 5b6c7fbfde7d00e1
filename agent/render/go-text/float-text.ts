/** Floating-point numbers as strconv.FormatFloat writes them: exact digits, rounded half to even. */

/** 0.d₁d₂d₃… × 10^point, without zeros at the end. Zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** The value is mantissa × 2^exponent. */
interface Binary {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/**
 * The number in the form of a verb (`e f g b x`, capitals too); for `g` and `x` a negative precision means "as many
 * digits as are needed".
 */
export function formatFloat(value: number, verb: string, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const size = Math.abs(value);
  if (size === Number.POSITIVE_INFINITY) return `${sign || "+"}Inf`;
  const text = sign + formatSize(size, verb.toLowerCase(), precision);
  return verb === verb.toLowerCase() ? text : text.toUpperCase();
}

function formatSize(size: number, verb: string, precision: number): string {
  if (verb === "b") return binaryForm(binaryOf(size));
  if (verb === "x") return hexForm(binaryOf(size), precision);
  if (verb === "f") return fixedForm(exactDecimal(size), precision);
  if (verb === "e") return scientific(roundTo(exactDecimal(size), precision + 1), precision);
  return generalForm(size, precision);
}

function fixedForm(decimal: Decimal, precision: number): string {
  const { digits, point } = roundTo(decimal, decimal.point + precision);
  const whole = digits.slice(0, Math.max(point, 0)).padEnd(point, "0") || "0";
  const zeros = "0".repeat(Math.min(Math.max(-point, 0), precision));
  const fraction = (zeros + digits.slice(Math.max(point, 0))).padEnd(precision, "0");
  return precision === 0 ? whole : `${whole}.${fraction}`;
}

function scientific({ digits, point }: Decimal, places: number): string {
  const padded = digits.padEnd(places + 1, "0");
  return `${padded[0]}${places > 0 ? "." : ""}${padded.slice(1)}e${signed(digits === "" ? 0 : point - 1)}`;
}

/** An exponent of two digits at least. */
function signed(exponent: number): string {
  return (exponent < 0 ? "-" : "+") + String(Math.abs(exponent)).padStart(2, "0");
}

function generalForm(size: number, precision: number): string {
  const wanted = Math.max(precision, 1);
  const { digits, point } = precision < 0 ? shortestDecimal(size) : roundTo(exactDecimal(size), wanted);
  const isShort = precision > digits.length && digits.length >= point;
  const limit = precision < 0 ? 6 : isShort ? digits.length : wanted;
  if (digits === "") return "0";
  if (point <= -4 || point > limit) return scientific({ digits, point }, digits.length - 1);
  return fixedForm({ digits, point }, Math.max(digits.length - point, 0));
}

function shortestDecimal(size: number): Decimal {
  const [mantissa = "", exponent] = size.toExponential().split("e");
  return { digits: size === 0 ? "" : mantissa.replace(".", ""), point: Number(exponent) + 1 };
}

/** Every digit that the binary number has. */
function exactDecimal(size: number): Decimal {
  const { mantissa, exponent } = binaryOf(size);
  const digits = String(exponent < 0 ? mantissa * 5n ** BigInt(-exponent) : mantissa << BigInt(exponent));
  return { digits: digits.replace(/0+$/, ""), point: size === 0 ? 0 : digits.length + Math.min(exponent, 0) };
}

/** Keeps so many digits. */
function roundTo({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const rest = digits.slice(count);
  const isOdd = Number(digits[count - 1]) % 2 === 1;
  const up = rest > "5" || (rest === "5" && isOdd) ? 1n : 0n;
  const rounded = String(BigInt(digits.slice(0, count)) + up).padStart(count, "0");
  const kept = rounded.replace(/0+$/, "");
  return { digits: kept, point: kept === "" ? 0 : point + rounded.length - count };
}

/** The mantissa has 53 bits, but for numbers near zero. */
function binaryOf(size: number): Binary {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, size);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = BigInt.asUintN(52, bits);
  if (exponent === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | (1n << 52n), exponent: exponent - 1075 };
}

function binaryForm({ mantissa, exponent }: Binary): string {
  return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
}

/** `0x1.8p+01`: one hexadecimal digit, a fraction, a power of two. */
function hexForm(binary: Binary, precision: number): string {
  let { mantissa, exponent } = binary;
  for (; mantissa !== 0n && mantissa >> 52n === 0n; exponent--) mantissa <<= 1n;
  const dropped = precision >= 0 && precision < 13 ? BigInt(4 * (13 - precision)) : 0n;
  const rounded = roundBits(mantissa, dropped) << dropped;
  const carry = rounded >> 53n;
  const all = (rounded >> carry).toString(16).padStart(14, "0");
  const fraction = precision < 0 ? all.slice(1).replace(/0+$/, "") : all.slice(1, precision + 1).padEnd(precision, "0");
  const power = mantissa === 0n ? 0 : exponent + 52 + Number(carry);
  return `0x${all[0]}${fraction === "" ? "" : `.${fraction}`}p${signed(power)}`;
}

function roundBits(mantissa: bigint, dropped: bigint): bigint {
  const kept = mantissa >> dropped;
  const twice = (mantissa - (kept << dropped)) * 2n;
  const isUp = twice > 1n << dropped || (twice === 1n << dropped && kept % 2n === 1n);
  return isUp && dropped > 0n ? kept + 1n : kept;
}
