// Written by photinus codegen from the schema; do not edit.

export * from "./protocol.ts";
