import type { Config } from "../config/schema.ts";
import type { Backend, Vhost } from "../model.ts";
import { type PlusContext, plusBackendOf } from "./plus-backends.ts";

/** True if nginx may be told its servers by DNS, should it be one that asks. */
export function mayUseDns(
  config: Pick<Config, "proxy_platform" | "nginxplusapiaddr" | "nginx_upstream_updates">,
): boolean {
  return (
    config.proxy_platform === "nginx" && config.nginxplusapiaddr === "" && config.nginx_upstream_updates !== "reload"
  );
}

/** The upstream of a vhost. Its servers have no parameters that change at run time. */
export function dnsBackendOf(vhost: Vhost, context: Omit<PlusContext, "attributes">): Backend {
  return plusBackendOf(vhost, { ...context, attributes: "" });
}
