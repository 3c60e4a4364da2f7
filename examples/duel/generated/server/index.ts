// Written by photinus codegen from the schema; do not edit.

export * from "./protocol.ts";
export * from "./duel/arena.messages.ts";
export * from "./duel/arena.services.ts";
export * from "./duel/cards.messages.ts";
export * from "./duel/cards.tables.ts";
export * from "./duel/lobby.messages.ts";
export * from "./duel/lobby.services.ts";
