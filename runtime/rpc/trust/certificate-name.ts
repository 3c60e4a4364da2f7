import type { X509Certificate } from "node:crypto";

/**
 * Whether a certificate is for a node or gate of this name. One of its DNS names (subject alternative names) is the name, or
 * begins with the name and a dot: "scene-1", "scene-1.nodes.example". Without DNS names, the common name counts in the same way.
 * Wildcards do not count.
 */
export function isCertificateFor(certificate: X509Certificate, name: string): boolean {
  const dnsNames = dnsNamesOf(certificate.subjectAltName);
  const names = dnsNames.length > 0 ? dnsNames : commonNamesOf(certificate.subject);
  return names.some((one) => one === name || one.startsWith(`${name}.`));
}

/** Node.js writes the names as "DNS:a, DNS:b", and a name with special characters in quotes, which no peer has. */
function dnsNamesOf(names: string | undefined): string[] {
  return (names ?? "").split(", ").flatMap((one) => (one.startsWith("DNS:") ? [one.slice(4)] : []));
}

/** Node.js writes one attribute a line, and escapes line breaks in values. */
function commonNamesOf(subject: string): string[] {
  return subject.split("\n").flatMap((one) => (one.startsWith("CN=") ? [one.slice(3)] : []));
}
