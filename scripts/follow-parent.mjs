/*
 * Loaded into what runForUser starts: ends the process when its parent was killed, so that nothing
 * goes on computing unseen.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
