import net from "node:net";

/**
 * What a TCP server is to be given to listen at this address. An IPv4 address is bound here and now, and what is wrong
 * with it is thrown: `server.listen` would first compile an expression for IPv6 addresses, which takes 4 ms of a start.
 * Node 22 knows no other way.
 */
export function placeToListen(address: { readonly host: string; readonly port: number }): net.ListenOptions {
  const canBind = net.isIPv4(address.host) && "BoundSocket" in net;
  return canBind ? { handle: new net.BoundSocket(address) } : { ...address };
}
