import process from "node:process";

const answer = await fetch("http://localhost:8000/health").catch(() => {});
process.exit(answer?.ok ? 0 : 1);
