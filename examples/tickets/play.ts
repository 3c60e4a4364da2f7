/** Signs in by password, and prints who the gate says that it is: `node play.ts NAME PASSWORD [URL]`. */
import * as vault from "./generated/client/vault/vault.service.ts";
import { enter } from "./player.ts";

const [name = "Ada", password = "correct horse", url = "tcp://127.0.0.1:7702"] = process.argv.slice(2);
const connection = await enter(url, { name, password });
const { name: told } = await vault.whoAmI(connection, {});
console.log(`signed in as ${told}`);
await connection.close();
