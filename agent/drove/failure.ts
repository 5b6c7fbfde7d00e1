import { DeadlineError } from "../deadline.ts";
import { AgentError, type ErrorCode, messageOf } from "../errors.ts";
import { oneLine } from "./envelope.ts";

/** Which call to which controller an error is about. */
export interface Call {
  readonly namespace: string;
  /** The controller's URL as configured. */
  readonly endpoint: string;
  readonly path: string;
  readonly limits: { readonly timeoutSec: number; readonly responseMb: number };
  /** Takes the namespace's credentials out of a text, should a controller or library have put them there. */
  readonly redact: (text: string) => string;
}

interface Finding {
  readonly code: ErrorCode;
  readonly what: string;
}

/** An error of ours that names namespace and controller, for whatever went wrong in the call. */
export function callError(error: unknown, call: Call): AgentError {
  if (error instanceof AgentError && error.facts["namespace"] !== undefined) return error;
  return toAgentError(findingOf(error, call), call);
}

/** An error for an answer with a status that is neither 200 nor a standby's 400. */
export function statusError(status: number, location: string, call: Call): AgentError {
  return toAgentError({ code: "controller-refused", what: statusText(status, location, call) }, call);
}

function toAgentError({ code, what }: Finding, { namespace, endpoint, path, redact }: Call): AgentError {
  const text = redact(what);
  return new AgentError(code, `namespace ${namespace}, controller ${endpoint}: ${text}`, {
    facts: { namespace, endpoint, path },
  });
}

function statusText(status: number, location: string, { namespace, path }: Call): string {
  if (status === 401) return `401 Unauthorized; check user and pass, or access_token, of namespace ${namespace}`;
  if (status === 403) return `403 Forbidden; the user or access_token of namespace ${namespace} may not read ${path}`;
  if (status === 404) return `404 Not Found for ${path}; check that the URL is that of a Drove controller`;
  if (status >= 300 && status < 400) {
    return `it redirects (${status}) to ${originOf(location)}; redirects are not followed, configure the final URL`;
  }
  return `it answers ${path} with status ${status}`;
}

/** Only the origin: paths and queries of redirects can carry tokens. */
function originOf(location: string): string {
  return URL.canParse(location) ? new URL(location).origin : "another path";
}

function findingOf(error: unknown, call: Call): Finding {
  if (error instanceof AgentError) return { code: error.code, what: error.message };
  const code = codeOf(error);
  return (
    timeoutFinding(error, code, call) ??
    tlsFinding(error, code, call) ??
    networkFinding(code) ??
    answerFinding(code, call) ?? {
      code: "controller-unreachable",
      what: oneLine(`${code} ${messageOf(error)}`),
    }
  );
}

function timeoutFinding(error: unknown, code: string, { limits }: Call): Finding | undefined {
  const slow = error instanceof DeadlineError || /TIMEOUT|ETIMEDOUT/.test(code);
  if (!slow) return undefined;
  return { code: "controller-unreachable", what: `no complete answer within api_timeout = ${limits.timeoutSec} s` };
}

function tlsFinding(error: unknown, code: string, { namespace }: Call): Finding | undefined {
  if (/^(ERR_SSL_|EPROTO)/.test(code)) {
    const what = `TLS handshake failed (${code}); if the controller speaks plain HTTP, use http:// in its URL`;
    return { code: "controller-unreachable", what };
  }
  if (!/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|HOSTNAME_|INVALID_CA|INVALID_PURPOSE)/.test(code))
    return undefined;
  // Node appends advice about its own flags.
  const reason = messageOf(error).replace(/; if the root CA.*$/, "");
  const remedy = `set tls_ca_file (or tls_insecure_skip_verify = true) for namespace ${namespace}`;
  return { code: "controller-unreachable", what: `its certificate is not trusted (${reason}); ${remedy}` };
}

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused; is the controller running, and is the port right?",
  ENOTFOUND: "the host name does not resolve",
  EAI_AGAIN: "the host name cannot be resolved now; is the name server reachable?",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
};

function networkFinding(code: string): Finding | undefined {
  const known = network[code];
  if (known !== undefined) return { code: "controller-unreachable", what: known };
  if (code === "ANSWER_CUT") {
    return { code: "controller-unreachable", what: "it closed the connection before the answer was complete" };
  }
  if (!/^(ECONNRESET|EPIPE)$/.test(code)) return undefined;
  const what = "it closed the connection without an answer; if it speaks TLS, use https:// in its URL";
  return { code: "controller-unreachable", what };
}

function answerFinding(code: string, { limits }: Call): Finding | undefined {
  if (code === "ANSWER_TOO_LARGE") {
    const what = `the answer is larger than max_response_mb = ${limits.responseMb}; raise it if the cluster is that large`;
    return { code: "controller-garbage", what };
  }
  // llhttp's.
  if (!code.startsWith("HPE_")) return undefined;
  const what = "the answer is not HTTP as it should be; if the controller speaks TLS, use https:// in its URL";
  return { code: "controller-garbage", what };
}

/** Connecting to a name with several addresses fails with one error around the others. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? "" : codeOf(error.cause);
}
