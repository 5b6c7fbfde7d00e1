import { unguard } from "./guard.ts";

/** A value that cannot be written where it stands. */
export class Unwritable extends Error {
  override readonly name = "Unwritable";
  /** Where in the text. */
  readonly at: number;

  constructor(at: number, { word, why }: { readonly word: string; readonly why: string }) {
    const text = unguard(word);
    super(`${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)} ${why}`);
    this.at = at;
  }
}

/** What a comment may have: all but the end of its line. */
export function commented(text: string): string {
  return unguard(text.replaceAll(/\udb80[\udc00-\udc1f\udc7f]/g, "?"));
}
