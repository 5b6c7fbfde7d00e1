/** One measured figure beside its floor in the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** What the bare minimum takes; undefined where the issue is an absolute bound. */
  readonly floor: number | undefined;
  /** The bound, on the ratio to the floor if there is one, else on the figure. */
  readonly limit: number;
  readonly sense: "at-most" | "at-least";
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** One line: the figure, its floor, the ratio, the bound, and whether it holds. */
export function describeFigure(figure: Figure): string {
  const { name, unit, ours, floor } = figure;
  const compared = comparedOf(figure);
  const parts = [
    name.padEnd(66),
    `${round(ours)} ${unit}`.padStart(14),
    floor === undefined ? "".padStart(20) : `floor ${round(floor)} ${unit}`.padStart(20),
    floor === undefined ? "".padStart(8) : `× ${compared.toFixed(2)}`.padStart(8),
    `${figure.sense === "at-most" ? "≤" : "≥"} ${figure.limit}${floor === undefined ? ` ${unit}` : " ×"}`.padStart(12),
    holds(figure) ? "ok" : "MISSED",
  ];
  return parts.join("  ");
}

/** True if the figure is within its bound. */
export function holds(figure: Figure): boolean {
  const compared = comparedOf(figure);
  return figure.sense === "at-most" ? compared <= figure.limit : compared >= figure.limit;
}

function comparedOf({ ours, floor }: Figure): number {
  if (floor === undefined) return ours;
  return floor === 0 && ours === 0 ? 1 : ours / floor;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
