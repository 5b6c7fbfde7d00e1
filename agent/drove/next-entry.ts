const between = /[ \t\r\n]*,[ \t\r\n]*(?=\{)/y;
const [comma, open] = [0x2c, 0x7b];

/** Where the next object of a JSON list begins, if one ends here and another follows. */
export function nextEntry(text: string, at: number): number | undefined {
  // As Drove writes it; a pattern takes ten times as long, and there are 10,000 of them or more.
  if (text.charCodeAt(at) === comma && text.charCodeAt(at + 1) === open) return at + 1;
  between.lastIndex = at;
  return between.test(text) ? between.lastIndex : undefined;
}
