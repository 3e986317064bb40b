/**
 * The header with which a file is saved under its name (RFC 6266): as UTF-8 (RFC 8187), and once more in ASCII for old
 * programs, with `_` for what it cannot say. Folders in a name are not followed by anybody; they become `_`, too.
 */
export function attachmentHeader(name: string): string {
  const safe = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\\/]/gu, '_')
    .replace(/^\.+/, '_');
  const ascii = safe.replace(/[^\x20-\x7e]|["%]/gu, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encode(safe)}`;
}

/** All but the `attr-char` of RFC 8187. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
