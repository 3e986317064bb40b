const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i;

/** Whether a host name or address (without port) is this machine's own loopback. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

/** Whether a URL points to this machine. The sandbox calls nothing else, so no test event ever leaves by accident. */
export function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

/** Whether a Host header names this machine; keeps web pages of other origins (DNS rebinding) away from the controls. */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  return header !== undefined && isLoopbackUrl(`http://${header}`);
}
