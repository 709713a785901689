import { NangoSyncMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import sync from '../syncs/issues.js';

describe('github issues', () => {
    let nango: NangoSyncMock;

    beforeEach(() => {
        nango = new NangoSyncMock({ dirname: import.meta.dirname, name: 'issues', Model: 'GithubIssue' });
    });

    it('saves the issues of every chosen repository and leaves pull requests out', async () => {
        await sync.exec(nango as never);

        const [inApi, inWeb] = await nango.getBatchSaveData('GithubIssue');
        expect(nango.batchSave.mock.calls).toEqual([
            [inApi, 'GithubIssue'],
            [inWeb, 'GithubIssue']
        ]);
    });

    it('asks only for what changed since the last run', async () => {
        Object.assign(nango, { lastSyncDate: new Date('2026-03-02T00:00:00Z') });

        await sync.exec(nango as never);

        expect(nango.batchSave).not.toHaveBeenCalled();
        expect(nango.get).toHaveBeenCalledTimes(2);
    });

    it.each(['opened', 'edited', 'closed', 'reopened'])('saves an issue when it is %s', async (action) => {
        const { issue, record } = await nango.getInput();

        await sync.onWebhook?.(nango as never, { action, issue, repository: { full_name: 'acme/api' } });

        expect(nango.batchSave).toHaveBeenCalledExactlyOnceWith([record], 'GithubIssue');
        expect(nango.batchDelete).not.toHaveBeenCalled();
    });

    it.each(['deleted', 'transferred'])('removes an issue when it is %s', async (action) => {
        const { issue, record } = await nango.getInput();

        await sync.onWebhook?.(nango as never, { action, issue, repository: { full_name: 'acme/api' } });

        expect(nango.batchDelete).toHaveBeenCalledExactlyOnceWith([record], 'GithubIssue');
        expect(nango.batchSave).not.toHaveBeenCalled();
    });
});
