import { RequestStep } from '@useparagon/core';

/** Sends something to Acme's own API. */
export const send = (context: { getEnvironmentSecret(name: string): string }, path: string, body: unknown) =>
  new RequestStep({
    method: 'POST',
    url: `https://api.acme.example${path}`,
    authorization: { type: 'bearer', token: context.getEnvironmentSecret('ACME_API_KEY') },
    body,
    autoRetry: true,
    description: `POST ${path}`,
  });
