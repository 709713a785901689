import { createSync } from 'nango';
import { z } from 'zod';

import { pages } from '../../shared/paginate.js';

const HubspotContact = z.object({
    id: z.string(),
    email: z.string().nullable(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    changedAt: z.string()
});

interface ApiContacts {
    results: {
        id: string;
        properties: { email: string | null; firstname: string | null; lastname: string | null; lastmodifieddate: string };
    }[];
    paging?: { next?: { after: string } };
}

const sync = createSync({
    version: '1.1.0',
    description: 'Contacts that changed since the last run',
    frequency: 'every 30 minutes',
    syncType: 'incremental',
    autoStart: true,
    endpoints: [{ method: 'GET', path: '/hubspot/contacts', group: 'Contacts' }],
    scopes: ['crm.objects.contacts.read'],
    checkpoint: z.object({
        changedAt: z.string()
    }),
    models: {
        HubspotContact
    },

    exec: async (nango) => {
        const checkpoint = await nango.getCheckpoint();
        const changedSince = checkpoint?.changedAt ?? '1970-01-01T00:00:00.000Z';

        const changed = pages(async (after) => {
            const { data } = await nango.post<ApiContacts>({
                endpoint: '/crm/v3/objects/contacts/search',
                data: {
                    filterGroups: [{ filters: [{ propertyName: 'lastmodifieddate', operator: 'GTE', value: changedSince }] }],
                    sorts: [{ propertyName: 'lastmodifieddate', direction: 'ASCENDING' }],
                    properties: ['email', 'firstname', 'lastname', 'lastmodifieddate'],
                    limit: 100,
                    ...(after ? { after } : {})
                },
                retries: 3
            });
            return { items: data.results, next: data.paging?.next?.after };
        });

        for await (const page of changed) {
            const contacts = page.map(({ id, properties }) => ({
                id,
                email: properties.email,
                firstName: properties.firstname,
                lastName: properties.lastname,
                changedAt: properties.lastmodifieddate
            }));
            await nango.batchSave(contacts, 'HubspotContact');

            // Oldest first: a run that is interrupted goes on from here.
            const newest = contacts.at(-1);
            if (newest) {
                await nango.saveCheckpoint({ changedAt: newest.changedAt });
            }
        }
    }
});

export default sync;
