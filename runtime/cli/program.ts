import { Command, Option } from "commander";
import { logLevels } from "../process/topology/topology.ts";
import { type CanaryCommandOptions, canary, percentOf, usersOf } from "./clients/canary-command.ts";
import { type ClientsOptions, clients, releaseOf } from "./clients/clients-command.ts";
import { usage } from "./clients/usage-command.ts";
import { addDataCommands } from "./data/data-commands.ts";
import { addKeygenCommands } from "./keys/keygen-command.ts";
import { type RestartOptions, restart } from "./restart-command.ts";
import { type StartOptions, start } from "./start-command.ts";
import { type AskOptions, status } from "./status-command.ts";
import { stop } from "./stop-command.ts";

/** Makes the command line, with the commands for topologies and tables. Commands throw errors; they do not print them. */
export function createProgram(version: string): Command {
  const program = new Command("photinus")
    .description("Game servers from one schema: typed stubs, gates, nodes and clients.")
    .version(version)
    .showHelpAfterError("(photinus --help lists commands and options)")
    .showSuggestionAfterError(true);
  const config = () =>
    new Option("-c, --config <file>", "the topology file (default: photinus.config.ts, .js or .json)");
  const only = (what: string) => new Option("--only <name>", what);

  program
    .command("start")
    .description("run the gates and nodes of a topology, one process for each")
    .addOption(config())
    .addOption(only("run this gate or node alone, in the foreground").conflicts("inProcess"))
    .option("--in-process", "run all gates and nodes in this process")
    .addOption(new Option("--log-level <level>", "lowest level that is logged").choices([...logLevels]))
    .addOption(
      new Option("--log-form <form>", "default: human on a terminal, else json").choices(["human", "json"]),
    )
    .action(async (options: StartOptions) => {
      await start(options);
      // A timer or socket left by a module of an in-process run must not keep the process alive.
      process.exit();
    });
  program
    .command("status")
    .description("show the processes of a running topology")
    .addOption(config())
    .addOption(only("the gate or node that was started alone"))
    .option("--json", "print JSON")
    .action((options: AskOptions & { json?: boolean }) => status(options));
  program
    .command("restart")
    .argument("[name]", "the gate or node to restart")
    .description("replace the process of a gate or node; its new process loads before the old one stops")
    .addOption(config())
    .option(
      "--rolling",
      "restart all nodes one after another, then all gates when there are several, until the first failure",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
A node finishes its requests before its new process opens; requests that it cannot run meanwhile fail with UNAVAILABLE and
"not run". The restart of a gate ends its sessions: clients connect again, at the same ports. When the new process cannot load
its module, the old one continues and the exit code is 1. Ctrl-C ends a rolling restart after the current node.`,
    )
    .action((name: string | undefined, options: RestartOptions) => restart(name, options));
  program
    .command("clients")
    .description("show which releases of clients the gates serve, and set the least one")
    .addOption(config())
    .addOption(only("the gate that was started alone"))
    .addOption(
      new Option("--min-release <number>", "the least release that may enter from now on").argParser(
        releaseOf,
      ),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Connected clients stay until they connect again. The number holds until the topology stops, also for gates that are restarted;
clients.minRelease of the topology file holds from the next start on.`,
    )
    .action((options: ClientsOptions) => clients(options));
  program
    .command("canary")
    .description("show what canary nodes take of the players, and change it")
    .argument("[name]", "the canary node, or the role of canary nodes, to change")
    .addOption(config())
    .addOption(only("the node that was started alone"))
    .addOption(
      new Option(
        "--percent <number>",
        "the percentage of keys and users that they take from now on",
      ).argParser(percentOf),
    )
    .addOption(
      new Option("--users <ids>", 'users that they take besides, joined by commas; "" for none').argParser(
        usersOf,
      ),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
The command does not wait for the gates: "changes to" shows a change that is not complete. A key moves once the earlier work of its node
is done. The change holds until the topology stops, also for nodes that are restarted; nodes[].canary of the topology file holds from
the next start on.`,
    )
    .action((name: string | undefined, options: CanaryCommandOptions) => canary(name, options));
  program
    .command("usage")
    .description("show which releases of clients still call deprecated commands")
    .addOption(config())
    .addOption(only("the gate that was started alone"))
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Counts are the sums of all gates, each since its start: a gate that restarts counts from 0. When a gate does not answer, the exit
code is 1. Uses of deprecated fields are not counted, because a gate decodes no body.`,
    )
    .action((options: AskOptions & { json?: boolean }) => usage(options));
  program
    .command("stop")
    .description("stop a running topology, and wait until it is gone")
    .addOption(config())
    .addOption(only("the gate or node that was started alone"))
    .action((options: AskOptions) => stop(options));
  addDataCommands(program, config);
  addKeygenCommands(program);
  return program;
}
