import type { Note } from "../model.ts";
import type { Config } from "./schema.ts";

/** Keys that are read and checked, but that this version does not act on. Said aloud, so that nobody relies on them. */
export function unsupportedNotes(config: Config): readonly Note[] {
  if (config.proxy_platform !== "nginx" || config.nginxplusapiaddr === "") return [];
  const reloads = "instances come and go by reloads";
  const api: Note = {
    code: "config-ignored",
    subject: "nginxplusapiaddr",
    message: `nginxplusapiaddr: the NGINX Plus API is not used by this version; ${reloads}`,
  };
  const disabled: Note = {
    code: "config-ignored",
    subject: "nginx_reload_disabled",
    message: `nginx_reload_disabled: has no effect in this version, since the NGINX Plus API is not used; ${reloads}`,
  };
  return config.nginx_reload_disabled ? [api, disabled] : [api];
}
