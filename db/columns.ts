import { bigint, customType, datetime } from 'drizzle-orm/mysql-core';

/**
 * Column types of Sluice's own tables. All times are UTC with milliseconds. Texts that are compared are ASCII and compared
 * byte for byte, whatever the server's default collation; people's texts are utf8mb4.
 */

export const word = customType<{ data: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 64}) CHARACTER SET ascii COLLATE ascii_bin`,
});
export const human = customType<{ data: string; config: { length: number } }>({
  dataType: (config) => `varchar(${config?.length ?? 255}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
});
export const oneOf = <T extends string>(name: string, _values: readonly T[]) =>
  word(name, { length: 32 }).$type<T>();
export const email = (name: string) => word(name, { length: 254 });
export const document = customType<{ data: string }>({
  dataType: () => 'mediumtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
});
export const moment = (name: string) => datetime(name, { fsp: 3, mode: 'date' });
export const serial = (name: string) =>
  bigint(name, { mode: 'number', unsigned: true }).autoincrement().primaryKey();
export const reference = (name: string) => bigint(name, { mode: 'number', unsigned: true });
export const sourceId = (name: string) => bigint(name, { mode: 'number' });
