import type { Backend, Step } from "../model.ts";

/**
 * Marks the servers that are new beside others which were there before and stay: those may take requests slowly at first.
 * One that the proxy has lost, by a restart say, is not new. `applied`: what the proxy was last brought in step with.
 */
export function withNewcomers(steps: readonly Step[], applied: readonly Backend[] = []): readonly Step[] {
  const touched = Map.groupBy(steps, (step) => step.backend);
  if (!steps.some((step) => step.kind === "add")) return steps;
  const joined = new Set<string>();
  for (const { name, servers } of applied) {
    const own = touched.get(name) ?? [];
    if (!own.some((step) => step.kind === "add")) continue;
    const left = new Set(own.flatMap((step) => (step.kind === "remove" ? [step.server.name] : [])));
    if (!servers.some((server) => !left.has(server.name))) continue;
    const before = new Set(servers.map((server) => server.name));
    for (const { kind, server } of own) if (kind === "add" && !before.has(server.name)) joined.add(keyOf(name, server));
  }
  return steps.map((step) =>
    step.kind === "add" && joined.has(keyOf(step.backend, step.server)) ? { ...step, joins: true } : step,
  );
}

function keyOf(backend: string, { name }: { readonly name: string }): string {
  return `${backend}/${name}`;
}
