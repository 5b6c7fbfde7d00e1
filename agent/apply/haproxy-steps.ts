import type { Step, StepFailure } from "../model.ts";
import type { Reply, Say } from "./haproxy-cli.ts";
import { type Command, commandsOf, isGone, isStillBusy } from "./haproxy-commands.ts";
import type { ProxyObserver } from "./proxy-observer.ts";

/** What came of some steps. */
export interface StepResults {
  readonly failed: readonly StepFailure[];
  /** Removals of servers that still finish requests. */
  readonly leaving: readonly (Step & { readonly kind: "remove" })[];
}

/**
 * Sends the commands of each batch of steps as soon as there is one, and then reads what became of each step. One that
 * fails stops no other.
 */
export async function runSteps(
  batches: Iterable<readonly Step[]>,
  parts: {
    /** New servers beside others begin with a share of their weight. */
    readonly warmsUp?: boolean;
    readonly say: Say;
    readonly called: ProxyObserver["called"];
  },
): Promise<StepResults> {
  const commands: Command[] = [];
  const answers: ReturnType<Say>[] = [];
  for (const steps of batches) {
    const batch = commandsOf(steps, parts);
    // As arguments, a hundred thousand would be more than the stack holds.
    for (const command of batch) commands.push(command);
    answers.push(parts.say(batch.map((command) => command.line)));
  }
  const replies = (await Promise.all(answers)).flat();
  const failed = new Map<Step, StepFailure>();
  const leaving: (Step & { readonly kind: "remove" })[] = [];
  for (const [index, command] of commands.entries()) {
    const reply = replies[index] ?? { ok: false, text: "no answer" };
    const verdict = judge(command, reply);
    parts.called({ operation: command.operation, ok: verdict === "done" || verdict === "busy" });
    if (verdict === "busy" && command.step.kind === "remove") leaving.push(command.step);
    // The first complaint about a step is the reason for those that follow.
    if (verdict === "failed" && !failed.has(command.step))
      failed.set(command.step, { step: command.step, message: reply.text });
  }
  return { failed: [...failed.values()], leaving };
}

function judge({ step, operation }: Command, { ok, text }: Reply): "done" | "busy" | "failed" | "ignored" {
  if (ok) return "done";
  // Then it has its full weight at once.
  if (operation === "weight") return "ignored";
  if (step.kind !== "remove") return "failed";
  return isGone(text) ? "done" : isStillBusy(text) ? "busy" : "failed";
}
