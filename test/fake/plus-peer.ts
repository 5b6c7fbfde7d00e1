import type { ConfServer } from "./plus-server.ts";

/** The status of one server: as long as of a server that has worked for a while, since its length is what a list costs. */
export function peerOf({ id, server, host, backup, weight, max_conns, down, drain }: ConfServer, active: number) {
  return {
    id,
    server,
    name: host ?? server,
    backup,
    weight,
    state: down ? "down" : drain ? "draining" : "up",
    active,
    ...(max_conns > 0 && { max_conns }),
    ssl: {
      handshakes: 0,
      handshakes_failed: 0,
      session_reuses: 0,
      no_common_protocol: 0,
      handshake_timeout: 0,
      peer_rejected_cert: 0,
      verify_failures: { expired_cert: 0, revoked_cert: 0, hostname_mismatch: 0, other: 0 },
    },
    requests: 667_231,
    header_time: 20,
    response_time: 36,
    responses: {
      "1xx": 0,
      "2xx": 666_310,
      "3xx": 0,
      "4xx": 915,
      "5xx": 6,
      codes: { 200: 666_310, 404: 915, 503: 6 },
      total: 667_231,
    },
    sent: 251_946_292,
    received: 19_222_475_454,
    fails: 0,
    unavail: 0,
    health_checks: { checks: 26_214, fails: 0, unhealthy: 0, last_passed: true },
    downtime: 0,
    selected: "2026-01-01T12:00:00Z",
  };
}
