/** What the API says when it refuses: status, code and text as documented. `{}` stands for what the text names. */
const refusals = {
  PathNotFound: { status: 404, text: "path not found" },
  UnknownVersion: { status: 404, text: "unknown version" },
  UpstreamNotFound: { status: 404, text: "upstream not found" },
  UpstreamServerNotFound: { status: 404, text: 'server with ID "{}" does not exist' },
  UpstreamStatic: { status: 400, text: "upstream is static" },
  UpstreamBadServerId: { status: 400, text: "invalid server ID" },
  UpstreamServerImmutable: { status: 400, text: 'server "{}" not removable' },
  UpstreamConfFormatError: { status: 400, text: "{}" },
  UpstreamBadAddress: { status: 400, text: '{} while parsing "server"' },
  UpstreamBadWeight: { status: 400, text: 'invalid "weight"' },
  UpstreamBadMaxConns: { status: 400, text: 'invalid "max_conns"' },
  UpstreamBadMaxFails: { status: 400, text: 'invalid "max_fails"' },
  UpstreamBadFailTimeout: { status: 400, text: 'invalid "fail_timeout"' },
  UpstreamBadSlowStart: { status: 400, text: 'invalid "slow_start"' },
  UpstreamBadRoute: { status: 400, text: "route is too long" },
  UpstreamConfNoResolver: { status: 400, text: "no resolver defined to resolve" },
  UpstreamOutOfMemory: { status: 500, text: "upstream memory exhausted" },
  MethodDisabled: { status: 405, text: "method disabled" },
  EntryExists: { status: 409, text: "entry exists" },
  JsonError: { status: 415, text: "json error" },
} as const;

export type RefusalCode = keyof typeof refusals;

/** Thrown by whatever cannot do what was asked for. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;

  constructor(code: RefusalCode, what = "") {
    super(refusals[code].text.replace("{}", what));
    this.code = code;
    this.status = refusals[code].status;
  }

  /** The body of the answer. */
  body(requestId: string): unknown {
    return {
      error: { status: this.status, text: this.message, code: this.code },
      request_id: requestId,
      href: "https://nginx.org/en/docs/http/ngx_http_api_module.html",
    };
  }
}
