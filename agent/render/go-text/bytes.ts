/**
 * A Go string is bytes; ours is a JavaScript string. Valid UTF-8 maps one to one; a byte that is not part of valid
 * UTF-8 is kept as the lone surrogate U+DC00 + byte (Python's "surrogateescape"), so that nothing is lost on the way.
 */

const firstByte = 0xdc00;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const surrogate = /[\ud800-\udfff]/;
const nonAscii = /[^\x00-\x7f]/;

/** The characters of valid UTF-8, and stray bytes, in bytes that are written as U+0000 to U+00FF. */
const runes =
  /[\x00-\x7f]+|(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]|\xf0[\x90-\xbf][\x80-\xbf]|[\xf1-\xf3][\x80-\xbf]{2}|\xf4[\x80-\x8f][\x80-\xbf])[\x80-\xbf]|[\x80-\xff]/g;

/** The byte that a lone surrogate stands for, or undefined for every real character. */
export function escapedByte(codePoint: number): number | undefined {
  return codePoint >= firstByte + 0x80 && codePoint <= firstByte + 0xff ? codePoint - firstByte : undefined;
}

/** One byte as a Go string. */
export function byteText(byte: number): string {
  return String.fromCharCode(byte < 0x80 ? byte : firstByte + byte);
}

/** How many bytes Go counts in the string. */
export function byteLength(text: string): number {
  return nonAscii.test(text) ? toBytes(text).length : text.length;
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
    return decoder.decode(bytes);
  } catch {
    const written = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return written.replaceAll(runes, (rune) => {
      if (rune.length === 1) return byteText(rune.charCodeAt(0));
      return decoder.decode(Uint8Array.from(rune, (byte) => byte.charCodeAt(0)));
    });
  }
}

/** Strings glued together: halves of a rune that meet again become that rune, as they do in Go. */
export function rejoin(text: string): string {
  return text.isWellFormed() ? text : fromBytes(toBytes(text));
}

/** Go's order of strings: by bytes, which differs from JavaScript's where surrogates are involved. */
export function compareStrings(left: string, right: string): number {
  if (surrogate.test(left) || surrogate.test(right)) return compareBytes(toBytes(left), toBytes(right));
  return left < right ? -1 : Number(left > right);
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const differing = left.findIndex((byte, index) => byte !== right[index]);
  return differing === -1 ? left.length - right.length : (left[differing] ?? 0) - (right[differing] ?? -1);
}

/** Sorts in Go's order; the native sort is enough where there are no surrogates. */
export function sortStrings(texts: readonly string[]): readonly string[] {
  return texts.some((text) => surrogate.test(text)) ? texts.toSorted(compareStrings) : texts.toSorted();
}
