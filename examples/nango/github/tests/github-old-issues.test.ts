import { NangoSyncMock } from 'nango/test';
import { expect, it } from 'vitest';

import sync from '../syncs/old-issues.js';

it('saves the issues assigned to the connected user', async () => {
    const nango = new NangoSyncMock({ dirname: import.meta.dirname, name: 'old-issues', Model: 'GithubIssueV1' });

    await sync.exec(nango as never);

    expect(nango.batchSave).toHaveBeenCalledExactlyOnceWith(await nango.getBatchSaveData('GithubIssueV1'), 'GithubIssueV1');
});
