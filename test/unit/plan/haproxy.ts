import type { Backend, RunningBackends, RunningServer, Server } from "../../../agent/model.ts";

/** A server named as the agent names them. */
export function serverOf(host: string, changes: Partial<Server> = {}): Server {
  const name = `server_${host.replaceAll(":", "_")}_80`;
  return { name, host, address: host, port: 80, portType: "http", attributes: "check", ...changes };
}

/** A backend with these hosts. */
export function backendOf(
  name: string,
  changes: Partial<Backend> & { readonly hosts?: readonly string[] } = {},
): Backend {
  const { hosts = ["10.0.0.1"], ...rest } = changes;
  return {
    name,
    vhost: name,
    group: undefined,
    routingTagKey: "",
    isDefault: true,
    servers: hosts.map((host) => serverOf(host)),
    tags: {},
    changesAtRuntime: true,
    ...rest,
  };
}

/** A HAProxy that has just these backends. */
export function havingAll(
  backends: readonly Backend[],
  changes: readonly Partial<RunningServer>[] = [],
): RunningBackends {
  const servers = backends.flatMap(({ name: backend, servers: all }) =>
    all.map(({ name, address, port }) => ({ backend, name, address, port, state: "serving" as const })),
  );
  return {
    names: new Set(backends.map((backend) => backend.name)),
    servers: servers.map((server, index) => ({ ...server, ...changes[index] })),
  };
}

/** A config with these backends, as a template would print it. */
export function configOf(backends: readonly Backend[], extra = ""): string {
  const sections = backends.map(({ name, servers }) =>
    [
      `backend ${name}`,
      ...servers.map((one) => `  server ${one.name} ${one.address}:${one.port} ${one.attributes}`),
    ].join("\n"),
  );
  return `global\n  maxconn 100\n${extra}${sections.join("\n")}\n`;
}
