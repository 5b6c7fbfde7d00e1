import { basename } from "node:path";
import type { Config, NamespaceConfig } from "../config/schema.ts";
import type { Note } from "../model.ts";

/** What of a loaded configuration tells whether it is that of a Go gateway, and what differs then. */
export interface Migrant {
  readonly config: Config;
  readonly notes: readonly Note[];
  /** The file as the operator wrote it. */
  readonly source: string;
  readonly template: { readonly path: string; readonly text: string };
}

/**
 * What will be different for a configuration of the Go gateway, one line each with what to do about it. Nothing for a
 * configuration that was written for this one: a file of another name, with no old keys and no Go template.
 */
export function differencesToGo(migrant: Migrant): readonly string[] {
  const { config, notes, source, template } = migrant;
  const isOld = notes.some((note) => note.code === "config-deprecated" || note.subject === "statsd");
  if (basename(source) !== "nixy.toml" && !isOld && !template.path.endsWith(".tmpl")) return [];
  return [
    ...config.namespaces.flatMap(namespaceDifferences),
    ...templateDifferences(migrant),
    ...(config.proxy_platform === "haproxy" && config.haproxysocketaddr !== ""
      ? [
          `a leaving server finishes its requests first, for at most ${config.drain_timeout_sec} s; see drain_timeout_sec`,
        ]
      : []),
  ];
}

function namespaceDifferences(one: NamespaceConfig): readonly string[] {
  const where = `namespace ${one.name}`;
  const isVerified = one.drove.some((url) => url.startsWith("https:")) && !one.tls_insecure_skip_verify;
  const filters = one.realm === "" && one.realm_suffix !== "";
  return [
    ...(isVerified && one.tls_ca_file === ""
      ? [
          `${where}: certificates of controllers are verified; if theirs is not of a public authority, set tls_ca_file, or tls_insecure_skip_verify = true`,
        ]
      : []),
    ...(filters
      ? [
          `${where}: realm_suffix = "${one.realm_suffix}" filters: only vhosts that end so are served; it did nothing by itself before`,
        ]
      : []),
  ];
}

function templateDifferences({ config, template }: Migrant): readonly string[] {
  const [key, before] =
    config.proxy_platform === "nginx"
      ? (["nginx_template", "./nginx-header.tmpl"] as const)
      : (["haproxy_template", "/etc/haproxy/haproxy.tmpl"] as const);
  if (config[key] === "")
    return [`${key} is not set: the shipped template is used; the default was ${before}, set it to keep that one`];
  const uses = (name: string) => new RegExp(`\\b${name}\\b`).test(template.text);
  return [
    ...(uses("hasSuffix")
      ? ["the template calls hasSuffix: it looks at the end, as in Go; old versions looked at the beginning"]
      : []),
    ...(uses("Apps")
      ? [
          "the template has vhosts of apps with instances only, as before; range over .Vhosts to answer 503 for the others",
        ]
      : []),
    "edits of the template take effect by themselves; a bad one leaves the last good one in force",
  ];
}
