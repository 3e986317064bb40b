/**
 * The built-in functions of MySQL 8 and 9 and MariaDB 10.6 to 11 that read and compute. What is not here is
 * refused, so a loadable or stored function, which may do anything, has to be vouched for by the operator.
 * Sources: information_schema.SQL_FUNCTIONS of MariaDB 10.11; MySQL 8.4 Reference Manual, chapter 14.
 */
export const MYSQL_FUNCTIONS: ReadonlySet<string> = words(`
  abs acos adddate addtime add_months aes_decrypt aes_encrypt any_value approx_count_distinct area ascii asin asbinary astext aswkb
  aswkt asymmetric_verify atan atan2 avg bin bin_to_uuid bit_and bit_count bit_length bit_or bit_xor boundary buffer
  can_access_column can_access_database can_access_table can_access_view cast ceil ceiling centroid char
  character_length char_length charset chr coalesce coercibility collate collation column_add column_check
  column_create column_delete column_exists column_get column_json column_list compress concat concat_ws
  connection_id contains conv convert convert_tz convexhull cos cot count crc32 crc32c crosses cume_dist curdate
  current_date current_role current_time current_timestamp current_user curtime database date date_add date_format
  date_sub datediff day dayname dayofmonth dayofweek dayofyear decode default degrees dense_rank des_decrypt
  des_encrypt dimension disjoint distance elt encode encrypt endpoint envelope equals exp export_set exteriorring
  extract extractvalue field find_in_set first_value floor format format_bytes format_pico_time format_statement
  found_rows from_base64 from_days from_unixtime from_vector geometrycollection geometryn geometrytype get_format
  geomcollection geomcollfromtext geometrycollectionfromtext geomfromtext geomfromwkb glength greatest group_concat
  grouping gtid_subset gtid_subtract hex hour icu_version if ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert
  instr interiorringn intersects interval isclosed isempty isnull issimple is_ipv4 is_ipv4_compat is_ipv4_mapped
  is_ipv6 is_uuid json_array json_arrayagg json_array_append json_array_insert json_array_intersect json_compact
  json_contains json_contains_path json_depth json_detailed json_equals json_exists json_extract json_insert
  json_key_value json_keys json_length json_loose json_merge json_merge_patch json_merge_preserve json_normalize
  json_object json_object_filter_keys json_object_to_array json_objectagg json_overlaps json_pretty json_query
  json_quote json_remove json_replace json_schema_valid json_schema_validation_report json_search json_set
  json_storage_free json_storage_size json_table json_type json_unquote json_valid json_value lag last_day
  last_insert_id last_value lcase lead least left length lengthb linestring linefromtext ln localtime localtimestamp
  locate log log10 log2 lower lpad ltrim makedate maketime make_set max mbrcontains mbrcoveredby mbrcovers mbrdisjoint
  mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin md5 median microsecond mid min minute mod month monthname
  multilinestring multipoint multipolygon name_const natural_sort_key now nth_value ntile nullif numgeometries
  numinteriorrings numpoints nvl nvl2 oct octet_length old_password ord overlaps password percent_rank percentile_cont
  percentile_disc period_add period_diff pi point pointfromtext pointn pointonsurface polygon polyfromtext position
  pow power ps_current_thread_id ps_thread_id quarter quote radians rand random_bytes rank regexp_instr regexp_like
  regexp_replace regexp_substr repeat replace reverse right rlike roles_graphml round row row_count row_number rpad
  rtrim schema schemas sec_to_time second session_user sformat sha sha1 sha2 sign sin soundex space sqrt srid
  startpoint statement_digest statement_digest_text std stddev stddev_pop stddev_samp str_to_date strcmp subdate
  substr substring substring_index subtime sum sysdate system_user sys_guid tan time time_format time_to_sec timediff
  timestamp timestampadd timestampdiff to_base64 to_char to_days to_seconds to_vector touches trim truncate ucase
  uncompress uncompressed_length unhex unix_timestamp updatexml upper user utc_date utc_time utc_timestamp uuid uuidv4
  uuidv7 uuid_short uuid_to_bin uuid_timestamp validate_password_strength value values var_pop var_samp variance
  vec_distance vec_distance_cosine vec_distance_euclidean vec_fromtext vec_totext vector_dim version week weekday
  weekofyear weight_string within x y year yearweek
`);

/** Spatial functions; none of them has an effect. */
export const MYSQL_SPATIAL = /^st_[a-z0-9_]+$/;

/** Words before a parenthesis that are no calls: operators, clauses, types. */
export const MYSQL_WORDS_BEFORE_PARENTHESIS: ReadonlySet<string> = words(`
  against all and any as between bigint binary bit blob by case char character collate columns cross dec decimal
  distinct distinctrow div double else escape except exists fixed float for from group having in index inner int
  integer intersect interval is join key lateral like match minus mod natural nchar not nvarchar numeric of on or order
  over partition range real recursive regexp rlike row rows select set signed smallint some sounds
  straight_join text then time timestamp datetime tinyint mediumint union unsigned using value values varbinary
  varchar vector when where window with within xor year
`);

/** Functions with an effect or without an end, and what they do. */
export const MYSQL_EFFECTS: Readonly<Record<string, string>> = {
  benchmark: 'burns time on the server',
  get_lock: 'takes a lock that others wait for',
  load_file: "reads files of the database's machine",
  master_gtid_wait: 'waits on replication',
  master_pos_wait: 'waits on replication',
  nextval: 'moves a sequence on',
  release_all_locks: 'gives locks back',
  release_lock: 'gives a lock back',
  setval: 'sets a sequence',
  sleep: 'holds a connection and does nothing',
  source_pos_wait: 'waits on replication',
  sys_eval: "runs a program on the database's machine",
  sys_exec: "runs a program on the database's machine",
  wait_for_executed_gtid_set: 'waits on replication',
  wait_until_sql_thread_after_gtids: 'waits on replication',
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
