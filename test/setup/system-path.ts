/** The environment with the folders of servers on its path; Debian leaves them out for users other than root. */
export function withServerFolders(environment = process.env): NodeJS.ProcessEnv {
  const path = [environment["PATH"] ?? "", "/usr/local/sbin", "/usr/sbin", "/sbin"].join(":");
  return { ...environment, PATH: path };
}
