import { onTestFinished } from "vitest";
import { CertificateFolder } from "./certificate-folder.ts";

/** Makes a folder of certificates that is removed when the test ends. */
export function certificateFolder(): CertificateFolder {
  const folder = new CertificateFolder();
  onTestFinished(() => folder.remove());
  return folder;
}
