// Reads one query from a release, read-only: node read.mjs <folder with node_modules> <warehouse.duckdb> <query>
import { createRequire } from "node:module";

const [folder, file, query] = process.argv.slice(2);
const { DuckDBInstance } = createRequire(`${folder}/`)("@duckdb/node-api");
const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
const connection = await instance.connect();
const reader = await connection.runAndReadAll(query);
console.log(JSON.stringify(reader.getRowObjectsJson()));
