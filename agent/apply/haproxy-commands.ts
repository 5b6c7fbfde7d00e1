import { inBrackets } from "../address.ts";
import type { Server, Step } from "../model.ts";
import { weightOf } from "../server-weight.ts";
import { rampPercent, shareOf } from "./ramp.ts";

/** One line for HAProxy, and the step that fails with it. `operation` is a metric label. */
export interface Command {
  readonly line: string;
  readonly operation:
    | "add"
    | "health"
    | "ready"
    | "address"
    | "maintenance"
    | "delete"
    | "shutdown"
    | "connections"
    | "weight";
  readonly step: Step;
}

/**
 * The commands of some steps, in the order of the steps. Every attribute goes on the `add server` line, since
 * `default-server` does not count for dynamic servers; a new server is in maintenance until it is told to be ready.
 * A leaving one goes into maintenance, not into drain: that would let cookie-bound clients on, and cannot be deleted.
 */
export function commandsOf(
  steps: readonly Step[],
  { warmsUp = false }: { readonly warmsUp?: boolean } = {},
): readonly Command[] {
  const before = steps.flatMap((step) => firstCommands(step, warmsUp));
  // All of them leave the load balancing before the first is deleted.
  const deletions = steps.flatMap((step) => (step.kind === "remove" ? [deletion(step)] : []));
  return [...before, ...deletions];
}

function firstCommands(step: Step, warmsUp: boolean): readonly Command[] {
  const name = `${step.backend}/${step.server.name}`;
  const ready: Command = { line: `set server ${name} state ready`, operation: "ready", step };
  switch (step.kind) {
    case "add":
      return [
        {
          line: `add server ${name} ${endpoint(step.server)} ${step.server.attributes}`.trim(),
          operation: "add",
          step,
        },
        ...healthCommands(name, step),
        ...(warmsUp && isWarming(step) ? [firstWeight(name, step)] : []),
        ready,
      ];
    case "readdress":
      return [
        { line: `set server ${name} addr ${step.server.address} port ${step.server.port}`, operation: "address", step },
      ];
    case "modify":
      // Never planned: attributes of HAProxy's servers change by reloads only.
      return [];
    case "enable":
      return [ready];
    case "remove":
      return [{ line: `set server ${name} state maint`, operation: "maintenance", step }];
  }
}

/** Whether a step adds a server that can begin with a share of its weight. */
export function isWarming(step: Step): step is Step & { readonly kind: "add" } {
  return step.kind === "add" && step.joins === true && weightOf(step.server.attributes) > 1;
}

function firstWeight(name: string, step: Step & { readonly kind: "add" }): Command {
  const weight = shareOf(weightOf(step.server.attributes), rampPercent(0, 1));
  return { line: `set weight ${name} ${weight}`, operation: "weight", step };
}

/** A dynamic server's checks begin only when asked for. */
function healthCommands(name: string, step: Step & { readonly kind: "add" }): readonly Command[] {
  const words = step.server.attributes.split(/\s+/);
  return [
    ...(words.includes("check") ? [{ line: `enable health ${name}`, operation: "health", step } as const] : []),
    ...(words.includes("agent-check") ? [{ line: `enable agent ${name}`, operation: "health", step } as const] : []),
  ];
}

/** Deletes a server that is in maintenance; HAProxy refuses while it has connections. */
export function deletion(step: Step & { readonly kind: "remove" }): Command {
  return { line: `del server ${step.backend}/${step.server.name}`, operation: "delete", step };
}

/** What a refused `del server` says while the server has something to finish. */
export function isStillBusy(answer: string): boolean {
  return answer.includes("still has connections");
}

/** It is gone, by us or by a reload: just what was wanted. */
export function isGone(answer: string): boolean {
  return answer.startsWith("No such server") || answer.startsWith("No such backend");
}

function endpoint({ address, port }: Server): string {
  return `${inBrackets(address)}:${port}`;
}
