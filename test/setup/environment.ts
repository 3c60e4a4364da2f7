/*
 * `MYSQL_URL` and `REDIS_URL` name servers for tests to use, and not for the games that tests start: these must find nothing
 * but what their test gives them.
 */
for (const name of ["MYSQL_URL", "REDIS_URL"]) {
  const url = process.env[name];
  if (url !== undefined && url !== "") process.env[`TEST_${name}`] = url;
  delete process.env[name];
}
