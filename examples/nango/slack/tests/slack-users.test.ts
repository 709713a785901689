import { NangoSyncMock } from 'nango/test';
import { beforeEach, describe, expect, it } from 'vitest';

import sync from '../syncs/users.js';

describe('slack users', () => {
    let nango: NangoSyncMock;

    beforeEach(() => {
        nango = new NangoSyncMock({ dirname: import.meta.dirname, name: 'users', Model: 'SlackUser' });
    });

    it('saves people, without bots and without those who left', async () => {
        await sync.exec(nango as never);

        const [first, second] = await nango.getBatchSaveData('SlackUser');
        expect(nango.batchSave.mock.calls).toEqual([
            [first, 'SlackUser'],
            [second, 'SlackUser']
        ]);
    });

    it('fails when Slack refuses, although the status is 200', async () => {
        nango.get.mockResolvedValue({ data: { ok: false, error: 'missing_scope' }, headers: {}, status: 200 });

        await expect(sync.exec(nango as never)).rejects.toThrow('Slack refused users.list: missing_scope');

        expect(nango.batchSave).not.toHaveBeenCalled();
    });
});
