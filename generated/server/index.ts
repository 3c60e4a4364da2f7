// Written by photinus codegen from the schema; do not edit.

export * from "./protocol.ts";
export * from "./meadow/chat.messages.ts";
export * from "./meadow/chat.services.ts";
export * from "./meadow/login.messages.ts";
export * from "./meadow/login.services.ts";
export * from "./meadow/meadow.messages.ts";
export * from "./meadow/meadow.services.ts";
export * from "./meadow/world.messages.ts";
export * from "./meadow/world.tables.ts";
