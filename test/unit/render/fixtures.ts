import * as v from "valibot";
import { type Config, configSchema } from "../../../agent/config/schema.ts";
import { AgentError } from "../../../agent/errors.ts";
import type { DesiredState, Vhost } from "../../../agent/model.ts";
import { buildTemplateData, type DataInputs } from "../../../agent/render/data.ts";
import type { Template, TemplateWorld } from "../../../agent/render/engine.ts";
import { etaEngine } from "../../../agent/render/eta.ts";
import type { TemplateData } from "../../../agent/render/template-data.ts";

/** A configuration with one namespace and the defaults for all that is not given. */
export function configOf(changes: Readonly<Record<string, unknown>> = {}): Config {
  return v.parse(configSchema, { namespaces: [{ name: "a", drove: ["http://drove.test:8080"] }], ...changes });
}

/** A vhost with one instance at 10.0.0.1:8080, but for the given changes. */
export function vhostOf(name: string, changes: Partial<Vhost> = {}): Vhost {
  const members = changes.members ?? [{ host: "10.0.0.1", port: 8080, portType: "http" }];
  const groups = members.length === 0 ? [] : [{ name, members, tags: {} }];
  return { name, appIds: [`${name}-1`], namespaces: ["a"], members, tags: {}, groups, routingTagKey: "", ...changes };
}

/** Every member's host stands for itself, as IP addresses do. */
export function dataOf(desired: Partial<DesiredState> = {}, changes: Partial<DataInputs> = {}): TemplateData {
  const state = { vhosts: [], namespaces: [], ...desired };
  const hosts = state.vhosts.flatMap((vhost) => vhost.members.map((member) => member.host));
  const addresses = new Map(hosts.map((host) => [host, host]));
  return buildTemplateData({
    config: configOf(),
    desired: state,
    backends: [],
    configFolder: "/etc/proxy",
    addresses,
    proxyVersion: "1.30.6",
    asksByDns: false,
    ipv6: true,
    ...changes,
  });
}

export const world: TemplateWorld = {
  now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  environment: { HOME: "/root" },
  timeZone: "UTC",
};

/** Compiles a template called /t/main.eta with partials in /t/partials. */
export function compile(text: string, partials: Readonly<Record<string, string>> = {}): Template {
  const files = Object.entries(partials).map(([name, one]) => ({ name, path: `/t/partials/${name}.eta`, text: one }));
  const delimiters = { leftDelimiter: "{{", rightDelimiter: "}}" };
  return etaEngine.compile({ path: "/t/main.eta", text, partials: files }, delimiters);
}

/** The AgentError that `work` throws; the test fails if it throws none. */
export function failureOf(work: () => unknown): AgentError {
  try {
    work();
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
