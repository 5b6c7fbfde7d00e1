import { stringify } from "smol-toml";
import { parseConfig } from "../../agent/config/parse.ts";
import { buildDesired } from "../../agent/desired/build.ts";
import { hashText } from "../../agent/machine.ts";
import type { DroveApp } from "../../agent/model.ts";
import type { Template } from "../../agent/render/engine.ts";
import { etaEngine } from "../../agent/render/eta.ts";
import { goEngine } from "../../agent/render/go.ts";
import { type Made, makeFile } from "../../agent/stages.ts";
import { nginxVersion } from "../real/support/proxy.ts";

/** The languages of templates. */
export const languages = ["eta", "go"] as const;

/** Compiles a template of the language. */
export function compile(language: "eta" | "go", text: string): Template {
  const engine = language === "eta" ? etaEngine : goEngine;
  const source = { path: `/fuzz/template${engine.extension}`, text, partials: [] };
  return engine.compile(source, { leftDelimiter: "{{", rightDelimiter: "}}" });
}

/** From what a controller says to the file, by the real stages. Host names stand for an address of their own. */
export function makeFrom(
  apps: readonly DroveApp[],
  options: { readonly settings: Readonly<Record<string, unknown>>; readonly template: Template; readonly path: string },
): { readonly made: Made; readonly built: ReturnType<typeof buildDesired> } {
  const namespaces = [{ name: "fuzz", drove: ["http://drove.test:1"], routing_tag: "group" }];
  const { config } = parseConfig(stringify({ ...options.settings, namespaces }), "fuzz.toml");
  const snapshot = {
    namespace: "fuzz",
    apps,
    leader: undefined,
    fetchedAt: 0,
    source: "controller",
    notes: [],
  } as const;
  const built = buildDesired([snapshot], config.namespaces);
  const hosts = built.value.vhosts.flatMap((vhost) => vhost.members.map((member) => member.host));
  const addresses = new Map(hosts.map((host) => [host, /^[0-9.]+$|:/.test(host) ? host : "127.0.0.9"]));
  const made = makeFile({
    config,
    configFile: options.path,
    template: options.template,
    desired: built.value,
    addresses,
    running: { version: nginxVersion.join("."), file: undefined },
    world: { environment: {}, timeZone: "UTC", ipv6: false },
    hash: hashText,
    now: 0,
  });
  return { made, built };
}
