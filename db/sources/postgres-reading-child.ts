import { readPostgres } from './postgres-reading.ts';

/**
 * A process that reads one SQL text and ends. The parser is WebAssembly, and V8 takes hundreds of megabytes to
 * optimize its largest function when it is used; here that is off, and a text that makes the parser trap or run for
 * ever takes nobody with it.
 */
process.once('message', (sql: string) => {
  readPostgres(sql).then(
    (reading) => process.send?.(reading, () => process.disconnect()),
    () => process.exit(1),
  );
});
process.once('disconnect', () => process.exit());
