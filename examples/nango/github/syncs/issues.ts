import { createSync } from 'nango';
import { z } from 'zod';

import { nextPageNumber, pages } from '../../shared/paginate.js';
import { GithubIssue, toIssue } from '../models.js';

import type { ApiIssue } from '../models.js';

const PER_PAGE = 100;

const sync = createSync({
    version: '2.1.0',
    description: 'Issues of the chosen repositories, open and closed, without pull requests',
    frequency: 'every 1h',
    syncType: 'incremental',
    autoStart: true,
    endpoints: [{ method: 'GET', path: '/github/issues', group: 'Issues' }],
    scopes: ['repo'],
    metadata: z.object({
        repositories: z.array(z.string())
    }),
    models: {
        GithubIssue
    },
    webhookSubscriptions: ['issues'],

    exec: async (nango) => {
        const { repositories } = await nango.getMetadata();
        const since = nango.lastSyncDate ? { since: nango.lastSyncDate.toISOString() } : {};

        for (const repository of repositories) {
            const issues = pages<ApiIssue>(async (cursor) => {
                const { data } = await nango.get<ApiIssue[]>({
                    endpoint: `/repos/${repository}/issues`,
                    params: { state: 'all', sort: 'updated', direction: 'asc', per_page: PER_PAGE, page: cursor ?? '1', ...since },
                    retries: 3
                });
                return { items: data, next: nextPageNumber(cursor, data.length, PER_PAGE) };
            });

            for await (const page of issues) {
                const records = page.filter((issue) => !issue.pull_request).map((issue) => toIssue(issue, repository));
                await nango.batchSave(records, 'GithubIssue');
            }
        }
    },

    onWebhook: async (nango, payload: { action: string; issue: ApiIssue; repository: { full_name: string } }) => {
        const record = toIssue(payload.issue, payload.repository.full_name);
        if (payload.action === 'deleted' || payload.action === 'transferred') {
            await nango.batchDelete([record], 'GithubIssue');
        } else {
            await nango.batchSave([record], 'GithubIssue');
        }
    }
});

export default sync;
