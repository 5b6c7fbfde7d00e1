import { resolve } from "node:path";
import type { Config, NamespaceConfig } from "./schema.ts";

const paths = [
  "port_tls_certfile",
  "port_tls_keyfile",
  "api_token_file",
  "proxy_service",
  "state_persistence_dir",
  "nginx_config",
  "nginx_template",
  "haproxy_config",
  "haproxy_template",
  "haproxy_global_server_state_file_path",
] as const satisfies readonly (keyof Config)[];

const namespacePaths = ["user_file", "pass_file", "access_token_file", "tls_ca_file"] as const;

/**
 * Makes every path absolute. Relative ones start at the working directory, not at the file's folder: the Go daemon
 * did so, and `./nginx.conf` in existing files relies on it.
 */
export function resolvePaths(config: Config, cwd: string): Config {
  const namespaces = config.namespaces.map(
    (one): NamespaceConfig => ({ ...one, ...resolved(one, namespacePaths, cwd) }),
  );
  return { ...config, ...resolved(config, paths, cwd), namespaces };
}

function resolved<K extends string>(
  table: Readonly<Record<K, string>>,
  keys: readonly K[],
  cwd: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(keys.map((key) => [key, table[key] === "" ? "" : resolve(cwd, table[key])]));
}
