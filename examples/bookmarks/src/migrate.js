import { database, migrate } from "./database.js";

await migrate();
await database.end();
