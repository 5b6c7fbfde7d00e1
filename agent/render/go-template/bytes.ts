/**
 * A Go string is bytes; ours is a JavaScript string. Valid UTF-8 maps one to one; a byte that is not part of valid
 * UTF-8 is kept as the lone surrogate U+DC00 + byte (Python's "surrogateescape"), so that nothing is lost on the way.
 */

const firstByte = 0xdc00;
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The byte that a lone surrogate stands for, or undefined for every real character. */
export function escapedByte(codePoint: number): number | undefined {
  return codePoint >= firstByte + 0x80 && codePoint <= firstByte + 0xff ? codePoint - firstByte : undefined;
}

/** How many bytes Go counts in the string. */
export function byteLength(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) bytes += extraBytes(text, unit, index);
  }
  return bytes;
}

/** The bytes of one UTF-16 unit beyond the first: a pair of surrogates makes four, one extra on each side and two more. */
function extraBytes(text: string, unit: number, index: number): number {
  if (unit < 0x800) return 1;
  if (unit < 0xd800 || unit > 0xdfff) return 2;
  const isHigh = unit < firstByte;
  const other = text.charCodeAt(isHigh ? index + 1 : index - 1);
  const paired = isHigh ? other >= firstByte && other <= 0xdfff : other >= 0xd800 && other < firstByte;
  if (paired) return 1;
  return escapedByte(unit) === undefined ? 2 : 0;
}

/** The bytes of a Go string. */
export function toBytes(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    const byte = escapedByte(character.codePointAt(0) ?? 0);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** The Go string of some bytes, valid UTF-8 or not. */
export function fromBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeByRune(bytes);
  }
}

function decodeByRune(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; ) {
    const width = runeWidth(bytes, index);
    if (width === 0) text += String.fromCharCode(firstByte + (bytes[index] ?? 0));
    else text += strictDecoder.decode(bytes.subarray(index, index + width));
    index += width || 1;
  }
  return text;
}

/** The length of the valid rune that starts at `index`; 0 where there is none. */
function runeWidth(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  const width = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  const second = bytes[index + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (width > 1 && (second < low || second > high)) return 0;
  for (let offset = 2; offset < width; offset++) if (((bytes[index + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  return width;
}

/** Strings glued together: halves of a rune that meet again become that rune, as they do in Go. */
export function rejoin(text: string): string {
  return text.isWellFormed() ? text : fromBytes(toBytes(text));
}

/** Go's order of strings: by bytes, which differs from JavaScript's where surrogates are involved. */
export function compareStrings(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    return a < 0xd800 && b < 0xd800 ? a - b : compareBytes(toBytes(left), toBytes(right));
  }
  return left.length - right.length;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const differing = left.findIndex((byte, index) => byte !== right[index]);
  if (differing === -1) return left.length - right.length;
  return (left[differing] ?? 0) - (right[differing] ?? -1);
}
