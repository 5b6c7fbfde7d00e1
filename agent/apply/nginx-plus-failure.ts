import { AgentError, messageOf } from "../errors.ts";

/** The API at this address is at fault. `what` goes on from its name. */
export function plusFailure(address: string, what: string, cause?: unknown): AgentError {
  return new AgentError("proxy-api-failed", `the NGINX Plus API at ${address} (nginxplusapiaddr) ${what}`, { cause });
}

/** An answer that is neither what was asked for nor a refusal in the API's own words. */
export function statusFailure(address: string, status: number): AgentError {
  return plusFailure(address, statusText(status));
}

function statusText(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return `denies access (${status}); allow this host in the location that has "api write=on;"`;
    case 404:
      return 'has no API under /api; is it NGINX Plus, with a "location /api { api write=on; }" on this port?';
    case 405:
      return 'is read-only; its location needs "api write=on;"';
    case 413:
      return "takes no body of this length; raise client_body_buffer_size in its location";
    default:
      return `answers with status ${status}; look into nginx's error log`;
  }
}

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses connections; does nginx run, and is the port right?",
  ENOTFOUND: "has a host name that does not resolve",
  EAI_AGAIN: "has a host name that cannot be resolved now",
  EHOSTUNREACH: "has no route to it",
  ENETUNREACH: "has no route to it",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "answers with more than 256 MB",
  UND_ERR_SOCKET: "closed the connection before its answer was complete",
  ECONNRESET: "closed the connection before its answer was complete",
  EPIPE: "closed the connection before its answer was complete",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "cut its answer short",
};

/** No answer, or none that is HTTP. */
export function transportFailure(address: string, error: unknown): AgentError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof Error && error.name === "HTTPParserError")
    return plusFailure(address, "does not speak HTTP as it should; does it speak TLS?", error);
  return plusFailure(address, network[code] ?? `cannot be asked: ${messageOf(error)}`, error);
}
