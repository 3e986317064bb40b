import { readStackRecord } from '../local/stack-file.ts';
import { type MeasuredStack, wrong } from './measured-stack.ts';

/** The stack's own. @throws SluiceError when it does not run */
export function gatewayOf({ settings }: MeasuredStack): { readonly url: string; readonly pid: number } {
  const gateway = readStackRecord(settings.home)?.processes.find(({ name }) => name === 'Gateway');
  const url = settings.gateway.publicUrl;
  if (gateway === undefined || url === undefined) throw wrong('the stack has no gateway');
  return { url, pid: gateway.pid };
}
