import process from "node:process";
import { api } from "./api.js";
import { database } from "./database.js";

const server = api().listen(8000);
// Node as process 1 ignores SIGTERM unless the program handles it.
process.on("SIGTERM", () => server.close(() => database.end()));
