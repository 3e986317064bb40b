/** Addresses that are at none of the domains; with no domains every address may be. Both canonical. */
export function outsideDomains(addresses: readonly string[], domains: readonly string[]): readonly string[] {
  if (domains.length === 0) return [];
  return addresses.filter((address) => !domains.includes(address.slice(address.lastIndexOf('@') + 1)));
}
