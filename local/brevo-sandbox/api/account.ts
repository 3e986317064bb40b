import { type Operation, operation } from '../http/operation.ts';
import type { Sandbox } from '../sandbox.ts';

/** `/account` and `/senders`: who this sandbox says it is. */
export function accountOperations({ state }: Sandbox): readonly Operation[] {
  return [
    operation({
      method: 'GET',
      route: '/account',
      run: () => ({
        status: 200,
        body: {
          organization_id: 'sandbox',
          user_id: 1,
          email: 'owner@sandbox.example',
          firstName: 'Sandbox',
          lastName: 'Owner',
          companyName: 'Sluice Brevo sandbox',
          address: { street: '1 Loopback Road', city: 'Localhost', zipCode: '12700', country: 'Nowhere' },
          plan: [{ type: 'unlimited', creditsType: 'sendLimit', credits: 1_000_000 }],
          relay: {
            enabled: true,
            data: { userName: 'owner@sandbox.example', relay: 'smtp-relay.invalid', port: 587 },
          },
          marketingAutomation: { enabled: false },
        },
      }),
    }),
    operation({
      method: 'GET',
      route: '/senders',
      run: () => ({
        status: 200,
        body: {
          senders: [...state.senders.values()].map((sender) => ({ ...sender, active: true, ips: [] })),
        },
      }),
    }),
  ];
}
