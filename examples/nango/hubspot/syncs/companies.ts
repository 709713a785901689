import { createSync } from 'nango';
import { z } from 'zod';

import { pages } from '../../shared/paginate.js';

const HubspotCompany = z.object({
    id: z.string(),
    name: z.string().nullable(),
    domain: z.string().nullable()
});

interface ApiCompanies {
    results: { id: string; properties: { name: string | null; domain: string | null } }[];
    paging?: { next?: { after: string } };
}

const sync = createSync({
    version: '1.0.3',
    description: 'All companies; what HubSpot no longer lists is marked as deleted',
    frequency: 'every 6 hours',
    syncType: 'full',
    autoStart: false,
    scopes: ['crm.objects.companies.read'],
    models: {
        HubspotCompany
    },

    exec: async (nango) => {
        await nango.trackDeletesStart('HubspotCompany');

        const companies = pages(async (after) => {
            const { data } = await nango.get<ApiCompanies>({
                endpoint: '/crm/v3/objects/companies',
                params: { properties: 'name,domain', limit: 100, ...(after ? { after } : {}) },
                retries: 3
            });
            return { items: data.results, next: data.paging?.next?.after };
        });

        for await (const page of companies) {
            await nango.batchSave(
                page.map(({ id, properties }) => ({ id, name: properties.name, domain: properties.domain })),
                'HubspotCompany'
            );
        }

        await nango.trackDeletesEnd('HubspotCompany');
    }
});

export default sync;
