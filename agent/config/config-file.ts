import { resolve } from "node:path";
import type { Config } from "./schema.ts";

/** Absolute path of the file that the proxy reads. */
export function configFileOf(config: Pick<Config, "proxy_platform" | "nginx_config" | "haproxy_config">): string {
  return resolve(config.proxy_platform === "nginx" ? config.nginx_config : config.haproxy_config);
}
