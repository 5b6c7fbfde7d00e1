/** The known name that `name` was most likely meant to be; undefined if none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const allowed = Math.min(4, Math.max(1, Math.floor(name.length / 3)));
  const ranked = known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= allowed)
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= allowed ? best.candidate : continuation(name, known);
}

/** `pass` may have been meant to be `password`. */
function continuation(name: string, known: readonly string[]): string | undefined {
  if (name.length < 4) return undefined;
  return known.find((candidate) => candidate.startsWith(name) && candidate.length <= 2 * name.length);
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  const cell = (rows: readonly (readonly number[])[], i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const change = cell(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? cell(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(change, swap, cell(rows, i - 1, j) + 1, cell(rows, i, j - 1) + 1));
    }
  }
  return cell(rows, a.length, b.length);
}
