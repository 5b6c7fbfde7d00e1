import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import * as der from "./der.ts";

/** PEM of a certificate and its private key. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/**
 * Certificates of one made-up authority, new with each call. `trusted` is right; `selfSigned` is signed by itself,
 * `expired` ended yesterday, `wrongHost` is for another name, `otherAuthority` is signed by somebody else.
 */
export interface Certificates {
  /** PEM of the authority: for `tls_ca_file`. */
  readonly ca: string;
  readonly trusted: KeyPair;
  readonly selfSigned: KeyPair;
  readonly expired: KeyPair;
  readonly wrongHost: KeyPair;
  readonly otherAuthority: KeyPair;
}

export type CertificateName = Exclude<keyof Certificates, "ca">;

const dayMs = 86_400_000;
const loopback = ["localhost", "127.0.0.1", "::1"];

/** Makes keys and certificates for the given host names and IP addresses; takes a few milliseconds, needs no openssl. */
export function makeCertificates({ hosts = loopback }: { readonly hosts?: readonly string[] } = {}): Certificates {
  const authority = makeAuthority("Test authority");
  const other = makeAuthority("Other authority");
  const leaf = { name: "drove.test", hosts, days: [-1, 30] } as const;
  return {
    ca: authority.pair.cert,
    trusted: issue(leaf, authority),
    selfSigned: issue(leaf, undefined),
    expired: issue({ ...leaf, days: [-30, -1] }, authority),
    wrongHost: issue({ ...leaf, hosts: ["elsewhere.test"] }, authority),
    otherAuthority: issue(leaf, other),
  };
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Signer {
  readonly name: string;
  readonly keys: Keys;
}

interface Authority extends Signer {
  readonly pair: KeyPair;
}

interface Subject {
  readonly name: string;
  /** Empty for an authority. */
  readonly hosts: readonly string[];
  /** Validity, in days from now. */
  readonly days: readonly [number, number];
}

const makeKeys = (): Keys => generateKeyPairSync("ec", { namedCurve: "P-256" });

function makeAuthority(name: string): Authority {
  const keys = makeKeys();
  const certificate = certificateOf({ name, hosts: [], days: [-1, 30] }, { keys, signer: { name, keys } });
  return { name, keys, pair: pairOf(certificate, keys) };
}

/** Signs a fresh key; without a signer it signs itself. */
function issue(subject: Subject, signer: Signer | undefined): KeyPair {
  const keys = makeKeys();
  return pairOf(certificateOf(subject, { keys, signer: signer ?? { name: subject.name, keys } }), keys);
}

function pairOf(certificate: Buffer, { privateKey }: Keys): KeyPair {
  const body = certificate.toString("base64").replaceAll(/.{1,64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

const ecdsaWithSha256 = der.sequence(der.identifier("1.2.840.10045.4.3.2"));

/** An X.509 v3 certificate, RFC 5280 §4.1. */
function certificateOf(subject: Subject, { keys, signer }: { readonly keys: Keys; readonly signer: Signer }): Buffer {
  const [from, to] = subject.days.map((days) => new Date(Date.now() + days * dayMs));
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.of(2))),
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    nameOf(signer.name),
    der.sequence(der.time(from ?? new Date()), der.time(to ?? new Date())),
    nameOf(subject.name),
    publicPart(keys),
    der.tagged(3, extensions(subject, { keys, signer })),
  );
  const signature = sign("sha256", body, { key: signer.keys.privateKey, dsaEncoding: "der" });
  return der.sequence(body, ecdsaWithSha256, der.bits(signature));
}

function nameOf(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.identifier("2.5.4.3"), der.utf8(commonName))));
}

function publicPart({ publicKey }: Keys): Buffer {
  return publicKey.export({ type: "spki", format: "der" });
}

function extensions(subject: Subject, { keys, signer }: { readonly keys: Keys; readonly signer: Signer }): Buffer {
  const authority = der.sequence(der.untyped(0, keyId(signer.keys)));
  return der.sequence(
    extension("2.5.29.14", der.octets(keyId(keys))),
    extension("2.5.29.35", authority),
    ...(subject.hosts.length === 0
      ? [critical("2.5.29.19", der.sequence(der.truth())), critical("2.5.29.15", der.bits(Buffer.of(0x06), 1))]
      : [
          extension("2.5.29.17", der.sequence(...subject.hosts.map(alternativeName))),
          extension("2.5.29.37", der.sequence(der.identifier("1.3.6.1.5.5.7.3.1"))),
        ]),
  );
}

function extension(id: string, value: Buffer): Buffer {
  return der.sequence(der.identifier(id), der.octets(value));
}

function critical(id: string, value: Buffer): Buffer {
  return der.sequence(der.identifier(id), der.truth(), der.octets(value));
}

function keyId(keys: Keys): Buffer {
  return createHash("sha1").update(publicPart(keys)).digest();
}

/** `[2]` is a DNS name, `[7]` an IP address in 4 or 16 bytes. */
function alternativeName(host: string): Buffer {
  return isIP(host) === 0 ? der.untyped(2, Buffer.from(host)) : der.untyped(7, addressBytes(host));
}

function addressBytes(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from(host.split(".").map(Number));
  const [before = [], after = []] = host.split("::").map((half) => half.split(":").filter((part) => part !== ""));
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return Buffer.from([...before, ...zeros, ...after].map((part) => part.padStart(4, "0")).join(""), "hex");
}
