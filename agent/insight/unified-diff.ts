/** A text with the name under which a diff shows it. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The loop stands still while texts are compared: two that have hardly anything in common are not compared for long. */
const longestMs = 500;

/**
 * The unified diff of two texts, empty if they are equal. Two that differ almost everywhere are shown as one removed and
 * the other added, from the first line that differs to the last.
 */
export async function unifiedDiff(before: NamedText, after: NamedText): Promise<string> {
  if (before.text === after.text) return "";
  // Only who asks for a diff pays for loading it.
  const { createTwoFilesPatch } = await import("diff");
  const patch = createTwoFilesPatch(before.name, after.name, before.text, after.text, "", "", {
    context: 3,
    timeout: longestMs,
  });
  return patch?.replace(/^=+\n/, "") ?? replaced(before, after);
}

function replaced(before: NamedText, after: NamedText): string {
  const [old, now] = [before.text.split("\n"), after.text.split("\n")];
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end += 1;
  const [gone, come] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const lines = [...gone.map((line) => `-${line}`), ...come.map((line) => `+${line}`)];
  const range = (count: number) => `${start + 1},${count}`;
  return `--- ${before.name}\n+++ ${after.name}\n@@ -${range(gone.length)} +${range(come.length)} @@\n${lines.join("\n")}\n`;
}
