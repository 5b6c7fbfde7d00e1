/*
 * Characters of values, kept apart from those of templates until the text is whole: only then it is known what stands
 * around them, and so how they have to be written (see settle). A guarded character is one of plane 15, private use:
 * U+F0000 and the code of the character. It goes through everything that templates do to texts like any letter. A value
 * that has such characters from the start gains nothing: they are written as values just the same.
 */

const plane = 0xf_0000;
/** Means something to nginx or HAProxy somewhere. All else means nothing anywhere, and is printed as it is. */
const dangerous = /[\x00-\x20\x7f"'\\;{}$#~%(),]/g;
/** The first half of every guarded character. */
const firstHalf = "\udb80";
const guarded = /[\u{f0000}-\u{f007f}]/gu;

/** The text as a value of an app: whatever could mean something to a proxy is guarded. */
export function guard(text: string): string {
  if (text.search(dangerous) < 0) return text;
  return text.replaceAll(dangerous, (character) => String.fromCodePoint(plane + character.charCodeAt(0)));
}

/** The text as it was. */
export function unguard(text: string): string {
  if (text.search(guarded) < 0) return text;
  return text.replaceAll(guarded, (character) => String.fromCharCode(charOf(character)));
}

/**
 * Whether any character of the text is guarded. V8 knows of a text in Latin letters, whatever its length, that it has no
 * such half of a character.
 */
export function isGuarded(text: string): boolean {
  return text.includes(firstHalf) && text.search(guarded) >= 0;
}

function charOf(character: string): number {
  return (character.codePointAt(0) ?? plane) - plane;
}

/** The guarded character at this place, as it was; undefined if there is none. A guarded one is two units long. */
export function guardedAt(text: string, at: number): string | undefined {
  // The first half of all of plane 15's first 128: none of the usual texts has it.
  if (text.charCodeAt(at) !== 0xdb80) return undefined;
  const code = (text.codePointAt(at) ?? 0) - plane;
  return code >= 0 && code < 0x80 ? String.fromCharCode(code) : undefined;
}

/** A pattern for the text, each dangerous character of it guarded or not. */
export function eitherWay(text: string): RegExp {
  const source = Array.from(unguard(text), (character) => {
    const written = guard(character);
    const plain = character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
    return written === character ? plain : `(?:${plain}|${written})`;
  });
  return new RegExp(source.join(""), "gu");
}
