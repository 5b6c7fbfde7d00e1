import * as v from "valibot";
import { controllerUrl, directiveText, flag, secret, text } from "./fields.ts";

/** One Drove cluster, a `[[namespaces]]` table. */
export const namespaceSchema = v.object(
  {
    /** Unique; shown in logs, metrics and health. */
    name: v.pipe(v.string("must be a string"), v.trim(), v.minLength(1, "must not be empty")),
    /** Controller URLs in order of priority, without credentials in them. */
    drove: v.pipe(
      v.array(controllerUrl, "must be a list of URLs"),
      v.minLength(1, "must name at least one controller"),
    ),
    /** User for HTTP Basic. */
    user: text(),
    /** File that holds `user`. @new */
    user_file: text(),
    /** Password for HTTP Basic. */
    pass: secret(),
    /** File that holds `pass`. @new */
    pass_file: text(),
    /** Sent as it is in `Authorization`, e.g. `O-Bearer TOKEN`. */
    access_token: secret(),
    /** File that holds `access_token`. @new */
    access_token_file: text(),
    /** Vhosts to serve, separated by commas, exact. With `realm_suffix` also empty: all. */
    realm: text(),
    /** Vhosts that end in this are served, besides those of `realm`. */
    realm_suffix: text(),
    /** Tag whose value groups the instances of a vhost, for templates. */
    routing_tag: text(),
    /** Vhost under which the leading controller itself is served. */
    leader_vhost: directiveText(),
    /** Authority (PEM) that signed the controllers' certificates. @new */
    tls_ca_file: text(),
    /** Do not verify the controllers' certificates. @new */
    tls_insecure_skip_verify: flag(),
  },
  "must be a table",
);
