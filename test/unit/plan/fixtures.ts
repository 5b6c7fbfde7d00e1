import type { DesiredState, RenderedFile, RunningState, Vhost } from "../../../agent/model.ts";
import type { Applied, PlanInputs } from "../../../agent/plan/inputs.ts";
import { shapeOf } from "../../../agent/plan/shape.ts";

/** A vhost with one instance, but for the given changes. */
export function vhostOf(name: string, changes: Partial<Vhost> = {}): Vhost {
  const members = [{ host: "10.0.0.1", port: 8080, portType: "http" }];
  const groups = [{ name, members, tags: {} }];
  return { name, appIds: [`${name}-1`], namespaces: ["a"], members, tags: {}, groups, routingTagKey: "", ...changes };
}

export function stateOf(vhosts: readonly Vhost[], changes: Partial<DesiredState> = {}): DesiredState {
  return { vhosts, namespaces: [{ name: "a", leaderVhost: "", leader: undefined, routingTag: "" }], ...changes };
}

/** A file whose generation is named by its text. */
export function fileOf(text: string, changes: Partial<RenderedFile> = {}): RenderedFile {
  return {
    path: "/etc/x.conf",
    text,
    generation: `generation-of-${text}`,
    renderedAt: 0,
    carriesGeneration: true,
    ...changes,
  };
}

/** A proxy that serves the file with this text, and has it on disk. */
export function runningWith(text: string, changes: Partial<RunningState> = {}): RunningState {
  return {
    running: true,
    startable: false,
    version: "1.30.6",
    servedGeneration: `generation-of-${text}`,
    file: { text, renderedAt: 0 },
    unproven: false,
    oldWorkers: 0,
    ...changes,
  };
}

export function appliedOf(vhosts: readonly Vhost[], changes: Partial<Applied> = {}): Applied {
  return { desired: stateOf(vhosts), backends: [], addresses: "", template: "t1", config: "c1", ...changes };
}

/** Reloads whenever the file differs. */
export const byReload: Pick<PlanInputs, "reloads" | "refused" | "serverPrefix" | "shapeOf"> = {
  reloads: "allowed",
  refused: undefined,
  serverPrefix: "server_",
  shapeOf: (text) => shapeOf(text, { backends: new Set(), serverPrefix: "server_" }),
};
