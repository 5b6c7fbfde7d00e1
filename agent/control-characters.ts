// \p{Cc} spelled out: V8 makes a class of Unicode anew for each expression, and looks through all of Unicode for it.
const control = /[\x00-\x1f\x7f-\x9f]/;
const gaps = /[\s\x00-\x1f\x7f-\x9f]+/g;

/** Whether there are characters that nobody sees and that may end a line: Unicode's category Cc, ASCII's and those of C1. */
export function hasControl(text: string): boolean {
  return control.test(text);
}

/** On one line: blanks and control characters between words become one space. */
export function onOneLine(text: string): string {
  return text.replaceAll(gaps, " ").trim();
}
