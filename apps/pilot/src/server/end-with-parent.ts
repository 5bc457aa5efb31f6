/** Loaded before the server: when the pilot is gone, however it ended, the server ends too. */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
