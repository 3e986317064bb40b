/**
 * Functions with an effect beyond the result, whatever a read-only transaction says to it, by what they do. The names
 * are refused before anything is sent, in any schema. What is not here is looked up in the server's own catalogue
 * (postgres-session.ts), where functions are VOLATILE unless they are known to change nothing.
 */
const EFFECTS: readonly (readonly [pattern: RegExp, effect: string])[] = [
  [/^pg_sleep(_for|_until)?$/, 'holds a connection and does nothing'],
  [/^pg_(terminate|cancel)_backend$/, "ends other people's work"],
  [/^pg_(try_)?advisory_/, 'takes a lock that others wait for'],
  [/^(set_config|setseed)$/, 'changes settings of the session'],
  [/^(nextval|setval)$/, 'moves a sequence on'],
  [
    /^pg_(read_file|read_binary_file|stat_file|ls_\w+|file_\w+|logdir_ls)$/,
    "reads files of the database's machine",
  ],
  [/^(lo_\w+|loread|lowrite)$/, 'reads or writes large objects and files'],
  [/^dblink/, 'opens a connection to another database'],
  [/^postgres_fdw_/, 'handles connections to other databases'],
  [/^(query|cursor|table|schema|database)_to_xml/, 'runs SQL that stands in a text'],
  [/^(ts_stat|crosstab\w*|connectby|xpath_table|normal_rand_query)$/, 'runs SQL that stands in a text'],
  [/^pg_notify$/, 'sends a message to other sessions'],
  [
    /^pg_(reload_conf|rotate_logfile\w*|promote|switch_wal|create_restore_point|start_backup|stop_backup|backup_\w+|wal_replay_\w+|log_backend_memory_contexts|log_standby_snapshot)$/,
    'steers the server',
  ],
  [/^pg_(create|drop|copy|sync)_\w*replication_slot\w*$/, 'handles replication slots'],
  [/^pg_(logical|replication)_/, 'handles replication'],
  [/^pg_stat_(reset|force)/, 'clears statistics'],
  [
    /^pg_(export_snapshot|import_system_collations|prewarm|buffercache_evict\w*)$/,
    'changes what the server holds',
  ],
  [/^(http|http_\w+|curl_\w+)$/, 'sends requests from the database'],
];

export function effectOf(name: string): string | undefined {
  return EFFECTS.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
}

/** Built-in functions that are VOLATILE because each call gives something else, and that change nothing. */
export const HARMLESS_VOLATILE: ReadonlySet<string> = new Set([
  'array_sample',
  'array_shuffle',
  'clock_timestamp',
  'gen_random_uuid',
  'pg_blocking_pids',
  'pg_current_wal_lsn',
  'pg_database_size',
  'pg_indexes_size',
  'pg_is_in_recovery',
  'pg_last_wal_receive_lsn',
  'pg_last_wal_replay_lsn',
  'pg_last_xact_replay_timestamp',
  'pg_relation_size',
  'pg_sequence_last_value',
  'pg_table_size',
  'pg_tablespace_size',
  'pg_total_relation_size',
  'random',
  'random_normal',
  'timeofday',
  'uuidv4',
  'uuidv7',
]);
