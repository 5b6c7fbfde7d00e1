import type { AcceptedAnswer } from "../guard/held.ts";

/** The answer of `/v1/accept`. */
export interface AcceptAnswer {
  readonly accepted: readonly Pick<AcceptedAnswer, "namespace" | "vhosts" | "members">[];
}

/** The answer of `/v1/accept` for people. */
export function acceptText({ accepted }: AcceptAnswer): string {
  const lines = accepted.map(({ namespace, vhosts, members }) => {
    const instances = `${members.lost} of ${members.of} instances`;
    return `accepted: namespace ${namespace} goes on without ${instances}; ${vhosts.lost} of ${vhosts.of} vhosts were held\n`;
  });
  return lines.length === 0 ? "nothing is held\n" : lines.join("");
}
