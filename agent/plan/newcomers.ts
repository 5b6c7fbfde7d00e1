import type { Backend, Step } from "../model.ts";

/**
 * Marks the servers that are new beside others which were there before and stay: those may take requests slowly at first.
 * One that the proxy has lost, by a restart say, is not new. `applied`: what the proxy was last brought in step with.
 */
export function withNewcomers(steps: readonly Step[], applied: readonly Backend[] = []): readonly Step[] {
  if (!steps.some((step) => step.kind === "add")) return steps;
  const touched = Map.groupBy(steps, (step) => step.backend);
  const joined = new Set<Step>();
  for (const { name, servers } of applied) {
    const own = touched.get(name);
    const added = own?.filter((step) => step.kind === "add") ?? [];
    if (own === undefined || added.length === 0) continue;
    const isLeaving = (server: string) => own.some((step) => step.kind === "remove" && step.server.name === server);
    if (!servers.some((server) => !isLeaving(server.name))) continue;
    for (const step of added) if (!servers.some((server) => server.name === step.server.name)) joined.add(step);
  }
  return steps.map((step) => (step.kind === "add" && joined.has(step) ? { ...step, joins: true } : step));
}
