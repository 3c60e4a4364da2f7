import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const commandsOfService = 5;
const servicesOfFile = 10;

/** What a made-up schema holds. */
export interface SchemaSize {
  readonly files: number;
  readonly services: number;
  readonly commands: number;
  readonly messages: number;
}

/** Writes a schema of so many services, ten in a file and five commands in each, with a request and a reply of its own. */
export function writeSchema(folder: string, services: number): SchemaSize {
  const files = Math.ceil(services / servicesOfFile);
  mkdirSync(folder, { recursive: true });
  for (let file = 0; file < files; file++) {
    const count = Math.min(servicesOfFile, services - file * servicesOfFile);
    writeFileSync(join(folder, fileName(file)), fileText(file, count));
  }
  const commands = services * commandsOfService;
  return { files, services, commands, messages: commands * 2 };
}

/** The path of a schema's file below its folder. */
export function fileName(file: number): string {
  return `part${String(file).padStart(3, "0")}.proto`;
}

function fileText(file: number, services: number): string {
  const parts = [
    `syntax = "proto3";`,
    `package part${file};`,
    'import "photinus/options.proto";',
    `enum Rank { RANK_LOW = 0; RANK_HIGH = 1; }`,
  ];
  for (let at = 0; at < services; at++) {
    const number = file * servicesOfFile + at;
    const rpcs: string[] = [];
    for (let command = 0; command < commandsOfService; command++) {
      const id = number * commandsOfService + command + 1;
      rpcs.push(
        `  // Does thing ${command} of service ${number}.`,
        `  rpc Do${id}(Do${id}Request) returns (Do${id}Reply) {`,
        `    option (photinus.command) = { id: ${id}, rate: "20/s" };`,
        "  }",
      );
      parts.push(...messagesOf(id));
    }
    const service = `Service${number}`;
    parts.push(
      `// Service ${number}.`,
      `service ${service} {`,
      `  option (photinus.service) = { role: "role${file}" };`,
      ...rpcs,
      "}",
    );
  }
  return `${parts.join("\n")}\n`;
}

function messagesOf(id: number): string[] {
  return [
    `// What Do${id} asks for.`,
    `message Do${id}Request {`,
    "  uint32 area_id = 1;",
    "  string name = 2;",
    "  repeated sint32 steps = 3;",
    "  Rank rank = 4;",
    "  oneof target {",
    "    uint64 player_id = 5;",
    "    string place = 6;",
    "  }",
    "}",
    `message Do${id}Reply {`,
    "  bool done = 1;",
    "  map<string, uint32> counts = 2;",
    "  optional double distance = 3;",
    "  bytes blob = 4;",
    "}",
  ];
}
